"""The theme against its contract: every template renders strictly, in a left-to-right and a
right-to-left language, as well-formed HTML that loads nothing from elsewhere and fits its budget.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import brotli
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pelican.plugins.solicomm import reading, unionwords
from pelican.plugins.solicomm.members import missing, offer
from pelican.plugins.solicomm.people import directory
from pelican.plugins.solicomm.search import by_mail, search
from pelican.plugins.solicomm.sticks import sealed, update, write
from pelican.plugins.solicomm.topics import words as topic_words

from solicomm_build.features.health.health import Month, Started, last_months
from solicomm_build.features.sites.values import preset
from solicomm_build.foundation import data, i18n
from solicomm_build.post.pages import ConferenceFacts, HubFacts
from solicomm_build.post.pages import Page as PageFacts

THEME = Path(__file__).parents[2] / "themes" / "solicomm"
TEMPLATES = THEME / "templates"
NAMES = sorted(path.name for path in TEMPLATES.glob("*.html"))
_PARTS = (
    "base.html",
    "union_base.html",
    "union_items.html",
    "library_macros.html",
    "macros.html",
    "worded.html",
)
_ELSEWHERE = (
    "course.html",
    "form.html",
    "form_table.html",
    "people.html",
    "network.html",
    "person.html",
    "poll.html",
    "polls.html",
    "meeting.html",
    "meetings.html",
    "places.html",
)
"""What tests of their own look at, as built pages."""
PAGES = [name for name in NAMES if name not in _PARTS + _ELSEWHERE]
LANGS = ("en", "ar")
WHEN = datetime(2026, 3, 12, 14, 5, 9, tzinfo=UTC)
MID = "a2b3c4d5e6f7g2h3i4j5k6l7m2n3o4p5"
QUOTED = Markup(
    '<p>I agree with the second point.</p><details class="quote"><summary data-ui data-lines="12">'
    "&gt; … 12</summary><blockquote><p>What do you think?</p><blockquote><p>Deep.</p></blockquote>"
    '</blockquote></details><pre><code class="language-diff">-old\n+new</code></pre>'
    '<div class="sig"><p>Ana Souza<br>Sindicato</p></div>'
)


@lru_cache
def environment(lang: str) -> Environment:
    """The environment that the contract promises to templates, for one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(i18n.translation(lang), newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(i18n.Formatter(lang).filters())
    made.globals["rel"] = lambda url: "../.." + url
    made.globals["asset"] = lambda name: f"../../static/{name}"
    return made


def context(lang: str, **more: Any) -> dict[str, Any]:
    """What every template gets."""
    alternates = [
        {"lang": each.code, "name": each.name, "url": f"/{each.code}/"}
        for each in i18n.LANGUAGES.values()
    ]
    page = {
        "url": "/conferences/organising/",
        "lang": lang,
        "dir": i18n.direction(lang),
        "title": "Organising <new> members",
        "canonical": "https://hub.example/x/",
        "description": "How we grow",
        "alternates": alternates,
        "feeds": [{"title": "Organising", "url": "/conferences/organising/feed.xml"}],
        "section": "conference",
        "indexed": True,
        "members": None,
    }
    hub = {
        "name": "Sample Network",
        "domain": "hub.example",
        "pages_domain": None,
        "url": "https://hub.example",
        "home": "/",
        "description": "",
        "languages": [],
        "pages": [{"title": "About this hub", "url": "/about/"}],
        "search": {"url": "/search/", "label": "Search"},
        "absolute": lambda url: f"https://hub.example{url}",
        "carried": False,
        "places": None,
        "sentence": "",
        "logo": None,
        "picture": None,
    }
    return {"hub": hub, "page": page} | more


def conference(kind: str = "conference", posting: str = "open") -> dict[str, Any]:
    """A conference or list as templates see it."""
    return {
        "id": "organising",
        "title": "Organising",
        "kind": kind,
        "posting": posting,
        "lang": "en",
        "description": "How we win new members and keep them.",
        "languages": ["en", "fr"],
        "url": "/conferences/organising/",
        "address": "organising@hub.example",
        "licence": "CC-BY-4.0",
        "feed": "/conferences/organising/feed.xml",
    }


PAGER = {"number": 1, "count": 3, "prev": "/a/page/1/", "next": "/a/", "last": "/a/"}


def post(number: int, **more: Any) -> dict[str, Any]:
    """A post as templates see it."""
    return {
        "mid": MID[:-1] + str(number),
        "number": number,
        "name": "Ana Souza",
        "face": ("AS", 1),
        "date": WHEN,
        "subject": None,
        "lang": None,
        "dir": None,
        "html": QUOTED,
        "parent": None,
        "depth": 0,
        "attachments": [],
        "reply": "mailto:organising+t-x@hub.example?subject=Re:%20x",
        "notes": [],
        "translations": [{"lang": "fr", "url": "/a/page/2/#f"}],
        "answer": False,
        "renders": None,
        "hub": {"url": "/network/", "title": "Docks <hub>"},
        "cites": [
            {"url": "/l/x/", "title": "Law <x>", "lang": "fr", "cover": ("/l/x/cover.svg", None)}
        ],
    } | more


def _topic(lang: str) -> dict[str, Any]:
    parent = {"mid": MID[:-1] + "1", "number": 1, "name": "Ana Souza", "url": "/a/#b"}
    files = [
        {
            "name": "wages.pdf",
            "type": "application/pdf",
            "bytes": 812334,
            "url": "/files/x",
            "small": None,
            "sound": None,
        },
        {
            "name": "lost.doc",
            "type": "application/msword",
            "bytes": 12,
            "url": None,
            "small": None,
            "sound": None,
        },
        {
            "name": "march.jpg",
            "type": "image/jpeg",
            "bytes": 90210,
            "url": "/files/y/march.jpg",
            "small": {"url": "/files/y/small.jpg", "oid": "0", "width": 480, "height": 360},
            "sound": None,
        },
    ]
    posts = [
        post(1, subject="Another subject", attachments=files),
        post(
            2,
            name="أمينة",
            lang="ar",
            dir="rtl",
            html=Markup("<p>شكرا لكم</p>"),
            parent=parent,
            depth=1,
        ),
        post(3, date=None, parent=parent, depth=9, notes=["Perhaps wrong."], reply=None),
        post(4),
    ]
    topic = {
        "tid": MID,
        "url": "/conferences/organising/t/x/",
        "title": "Night shifts & breaks",
        "posts": 1204,
        "started": WHEN,
        "last": WHEN,
        "names": ["Ana", "أمينة"],
        "state": "open",
        "pinned": True,
        "reason": "Settled",
        "labels": [{"title": "Wages", "url": "/l/wages/"}],
    }
    ref = {"url": "/a/#b", "number": 2, "name": "أمينة", "title": "Wages", "date": WHEN}
    place = {"url": "/t/y/", "title": "Heat"}
    return context(
        lang,
        conference=conference(),
        topic=topic,
        notices=[{"label": "A vote is open", "url": "/conferences/organising/polls/x/"}],
        posts=posts,
        parts=[
            {"units": [[posts[0]]], "names": []},
            {"units": [[each] for each in posts[1:]], "names": ["Ana", "أمينة"]},
        ],
        pager=PAGER,
        first_page=True,
        low=0,
        begins=[0, 8],
        later=[{"mid": MID[:-1] + "9", "number": 9, "name": "Ana", "url": "/a/page/2/#b"}],
        newest="/a/page/2/#c",
        words=topic_words(lang),
        answer=ref | {"excerpt": "It is signed."},
        earlier=[ref],
        joined=[ref],
        summary=ref | {"html": Markup("<p>In short.</p>"), "covers": "March"},
        parted=[place],
        origin=place,
    )


PICTURE = {
    "url": "/unions/klgwu/media/l.png.webp",
    "plain": "/unions/klgwu/media/l.png.jpg",
    "plain_size": (90, 60),
    "alt": "A march",
    "width": 90,
    "height": 60,
}


def _union(lang: str) -> dict[str, Any]:
    made = context(lang)
    return made | {
        "w": unionwords.words(lang),
        "card": PICTURE,
        "union": {
            "id": "klgwu",
            "copied": None,
            "title": "Local Workers' Union",
            "url": "/unions/klgwu/",
            "lang": lang,
            "dir": i18n.direction(lang),
            "languages": ["en", "ar"],
            "logo": PICTURE,
            "contact": {"email": "office@klgwu.example", "phone": "+254 1", "address": "Nairobi"},
            "css": "/theme/unions/klgwu.0123456789ab.css",
            "draft": False,
            "alternates": made["page"]["alternates"],
            "join": "/unions/klgwu/join/",
            "menu": [
                {"label": "About", "url": "/conferences/organising/"},
                {"label": "News", "url": "/unions/klgwu/news/"},
            ],
        },
    }


NEWS = [
    {
        "title": "Strike won",
        "url": "/n/1/",
        "date": date(2026, 3, 1),
        "summary": "Pay up 6 %.",
        "lang": "en",
        "image": PICTURE,
    },
    {"title": "فوز", "url": "/n/2/", "date": WHEN, "summary": "", "lang": "ar", "image": None},
]
EVENTS = [
    {
        "title": "Congress",
        "url": "/e/1/",
        "starts": date(2026, 5, 1),
        "ends": date(2026, 5, 3),
        "place": "Nairobi",
        "lang": "en",
        "time": "",
        "until": "",
        "zone": "UTC",
        "stamp": "2026-05-01",
        "past": False,
        "online": "",
        "ics": "/e/1/event.ics",
    },
    {
        "title": "May Day",
        "url": "/e/2/",
        "starts": date(2026, 5, 1),
        "ends": None,
        "place": "",
        "lang": "en",
        "time": "14:00",
        "until": "16:00",
        "zone": "UTC+3",
        "stamp": "2026-05-01T14:00:00+03:00",
    },
]
DOCUMENTS = [
    {
        "title": "Agreement",
        "url": "/l/1/",
        "lang": "en",
        "kind": "brief",
        "issued": "2025",
        "languages": ["en"],
        "summary": "Wages.",
    }
]
TOPICS = [{"title": "Night shifts", "url": "/t/#x", "last": WHEN, "lang": "en", "name": "Ana"}]
BLOCKS = [
    {"type": "text", "html": Markup("<p>Text.</p><h2>Part</h2>"), "lang": "en"},
    {"type": "appeal"},
    {"type": "news", "items": NEWS},
    {"type": "events", "items": EVENTS},
    {"type": "library", "items": DOCUMENTS},
    {
        "type": "conferences",
        "items": [
            {
                "title": "Organising",
                "url": "/c/",
                "lang": "en",
                "address": "organising@hub.example",
                "topics": TOPICS,
            }
        ],
    },
]


def _library(lang: str) -> dict[str, Any]:
    entry = {
        "id": "lib:2026-7QK3XA2M",
        "url": "/libraries/main/x/",
        "title": "Agreement 2025",
        "lang": "en",
        "creators": ["Otieno, Grace", "KLGWU"],
        "issued": "2025-11",
        "kind": "collective-agreement",
        "languages": ["en", "sw"],
        "subjects": ["Water"],
        "summary": "Wages and shifts.",
        "pick": "x",
        "cover": {"url": "/libraries/main/x/small.webp", "plain": "/libraries/main/x/cover.jpg"},
    }
    drawn = {"url": "/libraries/main/x/cover.svg", "plain": None, "kind": "law", "label": "Law"}
    book = {key: entry[key] for key in ("url", "title", "lang")} | {"cover": drawn}
    plank = {"label": "Water <x>", "url": "/l/w/", "count": 1200, "books": [book] * 2}
    library = {
        "id": "main",
        "home": None,
        "title": "Library",
        "description": "Agreements",
        "url": "/libraries/main/",
        "lang": "en",
        "feed": "/libraries/main/feed.xml",
        "opds": "/libraries/main/opds/root.xml",
        "deposit": "/libraries/main/deposit/",
        "find": "/libraries/main/find/",
        "mail": "main-deposit@hub.example",
    }
    top = [
        {
            "kind": kind,
            "url": f"/libraries/main/by/{kind}/",
            "more": kind == "subject",
            "values": [{"label": "Water <x>", "url": "/libraries/main/by/x/y/", "count": 1200}],
        }
        for kind in ("subject", "country", "language", "year", "organisation", "type")
    ]
    return context(
        lang,
        library=library,
        entries=[entry] * 2,
        count=2,
        top=top,
        planks=[plank],
        pager={"prev": "/libraries/main/page/3/", "next": None, "number": 0},
    )


def _shelf(lang: str) -> dict[str, Any]:
    facet = {
        "kind": "subject",
        "label": "Water",
        "url": "/libraries/main/by/subject/",
        "find": "/libraries/main/find/?subject=free%3Awater",
    }
    pager = {"prev": None, "next": "/libraries/main/", "number": 1}
    return _library(lang) | {"facet": facet, "pager": pager}


def _facet(lang: str) -> dict[str, Any]:
    letters = [{"label": letter, "url": "/l/"} for letter in "AБع"]
    return _library(lang) | {
        "kind": "organisation",
        "letter": "A",
        "letters": letters,
        "up": "/libraries/main/by/x/",
        "values": [{"label": "Agricultural workers", "url": "/v/"}],
    }


def _reading(lang: str) -> dict[str, Any]:
    made = _library(lang)
    return made | {"entry": made["entries"][0], "html": QUOTED, "epub": "/l/entry.epub"}


def _card(lang: str) -> dict[str, Any]:
    made = _library(lang)
    entry = made["entries"][0] | {
        "titles": [{"lang": "en", "title": "Agreement 2025"}, {"lang": "sw", "title": "Mkataba"}],
        "contributors": [{"name": "Juma", "role": "translator"}],
        "publisher": "KLGWU",
        "countries": ["Kenya"],
        "abstracts": [{"lang": "en", "text": "Wages."}],
        "html": Markup("<p>More.</p>"),
        "licence": "CC-BY-4.0",
        "holder": "KLGWU",
        "identifiers": [
            {"name": "DOI", "value": "10.1/x", "url": "https://doi.org/10.1/x"},
            {"name": "ISBN", "value": "9", "url": None},
        ],
        "access": "open",
        "version": 2,
        "status": "withdrawn",
        "citation": "KLGWU (2025).",
        "files": [
            {
                "name": "a.pdf",
                "type": "application/pdf",
                "bytes": 99,
                "url": "/f/1",
                "lang": "en",
                "pages": 64,
                "scan": True,
            }
        ],
        "key": "2026-7qk3xa2m",
        "shelves": [{"label": "Water", "url": "/s/"}],
        "replaced": {"title": "Agreement 2028", "url": "/l/3/"},
        "related": [
            {"label": "Replaces", "title": "Agreement 2022", "url": "/l/2/"},
            {"label": "Part of", "title": "Elsewhere", "url": None},
        ],
    }
    return made | {
        "entry": entry,
        "discuss": "mailto:organising@hub.example?subject=x",
        "cover": "/f/c.webp",
        "plain_cover": "/l/cover.jpg",
        "drawn_cover": None,
        "cover_size": (400, 566),
        "alike": [
            {
                "url": "/libraries/main/y/",
                "title": "Another",
                "lang": "en",
                "cover": {"url": "/l/y/cover.svg", "plain": None, "kind": "law", "label": "Law"},
            }
        ],
        "served": {"compare": "/l/compare/?e=x", "read": "/l/x/read/", "changes": "/l/x/changes/"},
        "text": "/l/text/",
        "epub": "/l/entry.epub",
        "citations": [
            {
                "name": "BibTeX",
                "type": "application/x-bibtex",
                "suffix": "bib",
                "url": "/l/entry.bib",
            }
        ],
        "highwire": [("citation_title", 'Pay & "hours"')],
        "dublin_core": [("DC.title", "Mkataba", "sw")],
        "json_ld": Markup('{"name":"x"}'),
    }


TALKED = {
    "title": "Heat <at> work",
    "url": "/conferences/organising/t/x/",
    "lang": "en",
    "place": "Organising",
    "posts": 1204,
    "name": "Ana Souza",
    "when": WHEN,
    "text": "How hot was it, and who said when to stop? We drew it on the wall. " * 2,
}
OFFERED = {
    "title": "Which day?",
    "url": "/conferences/organising/polls/q/",
    "lang": "fr",
    "words": ("Organising", "2026"),
    "when": WHEN,
    "badge": "R",
}


def _home(lang: str) -> dict[str, Any]:
    union = {
        "id": "u",
        "title": "Union",
        "description": "",
        "url": "/unions/u/",
        "languages": ["en"],
    }
    library = {"id": "m", "title": "Main", "description": "D", "url": "/libraries/m/"}
    conferences = [conference()]
    lists = [conference("list")]
    return context(
        lang,
        conferences=conferences,
        lists=lists,
        libraries=[library],
        unions=[union],
        body=Markup("<p>Welcome.</p>"),
        talk={"talked": [TALKED] * 6, "waiting": [TALKED] * 4, "posts": 1204, "topics": 120},
        offered={
            "blocks": [{"id": "votes", "title": "Open votes", "rows": [OFFERED] * 4}],
            "counts": [("23 documents", "/libraries/m/")],
            "button": ("Find an agreement", "/libraries/m/"),
            "steps": ["Begin a library"],
        },
        ask="/conferences/organising/#say",
        **_ways(lang),
    )


def _ways(lang: str) -> dict[str, Any]:
    """What the front page has from several presenters."""
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,))
    return {
        "people": directory(lang, hub),
        "members": offer(lang),
        "by_mail": by_mail(lang, hub),
    }


def _search(lang: str) -> dict[str, Any]:
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,))
    page = PageFacts("/search/", "search", "hub", lang, "", "", {"indexes": ("/search/index/",)})
    return dict(search(page, hub))


def _write(lang: str) -> dict[str, Any]:
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,), carried="hub")
    facts = {"places": [("water@hub.example", "Water <b>", "en")], "script": "/write/write.js"}
    return dict(write(PageFacts("/write/", "write", "stick", lang, "", "", facts), hub))


def _update(lang: str) -> dict[str, Any]:
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,), carried="hub")
    facts = {"script": "/update/update.js"}
    return dict(update(PageFacts("/update/", "update", "stick", lang, "", "", facts), hub))


def _sealed(lang: str) -> dict[str, Any]:
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,), carried="hub")
    facts = {"scripts": ("/sealed/0a/reader.js", "/sealed/0a/find.js")}
    return dict(sealed(PageFacts("/sealed/0a/", "sealed", "stick", lang, "", "", facts), hub))


def _missing(lang: str) -> dict[str, Any]:
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,))
    return dict(missing(PageFacts("/404.html", "404", "hub", lang, "", ""), hub))


def _conference(lang: str, kind: str = "conference", posting: str = "members") -> dict[str, Any]:
    topic = {
        "tid": MID,
        "url": "/t/",
        "title": "Night shifts",
        "starter": "Ana",
        "started": WHEN,
        "last": WHEN,
        "last_name": "Ben",
        "posts": 12,
        "last_url": "/t/#x",
        "pinned": True,
        "labels": ("Wages",),
    }
    return context(
        lang,
        conference=conference(kind, posting),
        called_in="en",
        topics=[topic],
        total={"topics": 1, "posts": 12},
        months=[{"url": "/m/", "month": date(2026, 3, 1), "posts": 12}],
        archive={"url": "/page/1/", "count": 1},
        links=[{"label": "Download", "url": "/conferences/organising/download/"}],
        notices=[{"label": "A vote is open", "url": "/conferences/organising/polls/1/"}],
    )


def _month(lang: str) -> dict[str, Any]:
    row = {"url": "/t/#x", "title": "Night shifts", "name": "Ana", "date": WHEN}
    return context(
        lang,
        conference=conference(),
        month=date(2026, 3, 1),
        rows=[row],
        pager=PAGER,
        goes_on="/conferences/organising/new/",
    )


def _week(lang: str) -> dict[str, Any]:
    row = {
        "tid": MID,
        "title": "Night shifts",
        "url": "/t/#x",
        "last_url": "/t/#y",
        "last": WHEN,
        "posts": 7,
        "total": 9,
        "names": ["Ana", "أمينة"],
        "others": 3,
    }
    return context(
        lang,
        conference=conference(),
        starts=WHEN,
        ends=WHEN,
        now=False,
        posts=7,
        rows=[row],
        earlier="/new/2026-W10/",
        months=[{"url": "/m/", "month": date(2026, 3, 1)}],
    )


def _health(lang: str) -> dict[str, Any]:
    about = ConferenceFacts(
        "organising",
        "Organising",
        "",
        "conference",
        "organising@hub.example",
        "en",
        "open",
        "",
        "/conferences/organising/",
    )
    months = [
        Month(month, 90, 7, 12, 9, 7, 9000, 400_000, 7200) for month in last_months("2026-03")
    ]
    waits = Started(MID, "Night shifts & <breaks>", "Ana", int(WHEN.timestamp()), False, "fr")
    facts = {
        "conference": about,
        "called_in": "en",
        "day": WHEN,
        "target": 72,
        "answers": True,
        "months": [(WHEN.replace(month=int(month.month[5:]), day=1), month) for month in months],
        "waiting": (waits,),
        "waits": 70,
        "languages": (("en", 80), ("ar", 9)),
    }
    hub = HubFacts("Sample Network", "hub.example", "https://hub.example", (lang,))
    page = PageFacts("/h/", "health", "conference:organising", lang, "", "", facts)
    return context(lang, **reading.health(page, hub))


def sample(name: str, lang: str) -> dict[str, Any]:
    """A context for the template of this file name, with what the contract lists and no more."""
    row = {"tid": MID, "url": "/t/", "title": "Night shifts", "starter": "Ana", "started": WHEN}
    html = Markup("<p>Text.</p><h2>Part</h2><table><tr><td>1</td></tr></table>")
    made = {
        "home.html": lambda: _home(lang),
        "conference.html": lambda: _conference(lang),
        "conference_page.html": lambda: context(
            lang, conference=conference(), rows=[row], pager=PAGER
        ),
        "month.html": lambda: _month(lang),
        "week.html": lambda: _week(lang),
        "health.html": lambda: _health(lang),
        "chat.html": lambda: context(
            lang,
            conference=conference(),
            qr="/conferences/organising/chat/code.svg",
            mail="organising@hub.example",
            mailto="mailto:organising@hub.example",
        ),
        "download.html": lambda: context(
            lang,
            conference=conference(),
            months=[{"url": "/d/2026-03.mbox.gz", "month": date(2026, 3, 1), "posts": 12}],
        ),
        "topic.html": lambda: _topic(lang),
        "labels.html": lambda: context(
            lang,
            conference=conference(),
            title="Labels",
            labels=[{"label": "Wages", "url": "/l/wages/", "count": 1204}],
        ),
        "label.html": lambda: context(
            lang,
            conference=conference(),
            title="Labels",
            label="Wages",
            labels_url="/l/",
            count=1204,
            pager=PAGER,
            rows=[{"tid": MID, "url": "/t/", "title": "Heat", "starter": "Ana", "started": WHEN}],
        ),
        "redirect.html": lambda: context(lang, target="/conferences/organising/t/y/"),
        "library.html": lambda: _library(lang),
        "card.html": lambda: _card(lang),
        "shelf.html": lambda: _shelf(lang),
        "facet.html": lambda: _facet(lang),
        "reading.html": lambda: _reading(lang),
        "union_home.html": lambda: _union(lang) | {"blocks": BLOCKS},
        "union_page.html": lambda: (
            _union(lang)
            | {"title": "About", "html": html, "date": WHEN, "author": "Ana", "image": PICTURE}
        ),
        "union_list.html": lambda: (
            _union(lang)
            | {
                "title": "News",
                "kind": "news",
                "rows": NEWS,
                "past": [],
                "calendar": None,
                "years": [{"year": 2026, "url": "/y/", "current": True}],
            }
        ),
        "union_event.html": lambda: (
            _union(lang) | {"event": EVENTS[0], "html": html, "image": None}
        ),
        "union_people.html": lambda: (
            _union(lang)
            | {
                "people": [
                    {
                        "name": "Amina",
                        "role": "Secretary",
                        "photo": PICTURE,
                        "email": "a@klgwu.example",
                        "phone": "+254 1",
                    }
                ]
            }
        ),
        "union_library.html": lambda: _union(lang) | {"documents": DOCUMENTS},
        "union_join.html": lambda: (
            _union(lang)
            | {
                "title": "Join",
                "html": html,
                "how": "form",
                "action": "/unions/klgwu/join/",
                "mailto": "mailto:office@klgwu.example",
            }
        ),
        "union_stub.html": lambda: _union(lang),
        "union_thanks.html": lambda: _union(lang),
        "union_404.html": lambda: _union(lang),
        "union_frame.html": lambda: _union(lang),
        "union_history.html": lambda: (
            _union(lang)
            | {
                "steps": [
                    {
                        "when": WHEN,
                        "name": "Ana",
                        "subject": "A <new> page",
                        "id": "3f2a9c1b44",
                        "files": tuple(f"pages/{number}.en.md" for number in range(12)),
                    }
                ]
            }
        ),
        "page.html": lambda: context(lang, title="About", html=html),
        "404.html": lambda: context(lang, **_missing(lang)),
        "frame.html": lambda: context(
            lang, versions=[{"lang": lang, "name": "Own", "url": f"?lang={lang}"}]
        ),
        "search.html": lambda: context(lang, **_search(lang)),
        "write.html": lambda: context(lang, **_write(lang)),
        "update.html": lambda: context(lang, **_update(lang)),
        "sealed.html": lambda: context(lang, **_sealed(lang)),
    }
    return made[name]()


def rendered(name: str, lang: str, **more: Any) -> str:
    """The page."""
    return environment(lang).get_template(name).render(sample(name, lang) | more)


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in its turn; keeps what tests ask about."""

    VOID = frozenset(("meta", "link", "br", "img", "hr", "input", "col", "wbr", "source"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> names an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag) and not _in_body(self):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element of this name."""
        return [attrs for name, attrs in self.tags if name == tag]


def _in_body(page: Page) -> bool:
    return any(attrs.get("class") == "body" for _, attrs in page.tags[-6:])


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_well_formed_and_has_its_landmarks(name: str, lang: str) -> None:
    page = Page(rendered(name, lang))
    assert page.all("html") == [{"lang": lang, "dir": i18n.direction(lang)}]
    assert len(page.all("main")) == 1
    assert page.headings.count(1) == 1
    assert page.headings[0] == 1
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        assert after <= before + 1, f"a heading level is skipped: {page.headings}"
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    if name != "redirect.html":
        assert page.all("a")[0] == {"class": "skip", "href": "#main"}
        assert len(page.all("nav")) >= 1


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", PAGES)
def test_page_runs_nothing_and_loads_from_here_only(name: str, lang: str) -> None:
    page = Page(rendered(name, lang))
    for tag, attrs in page.tags:
        assert tag not in ("style", "iframe", "object", "embed", "base")
        assert not [key for key in attrs if key.startswith("on") or key == "style"]
        loads = [attrs.get("src"), attrs.get("srcset"), attrs.get("action")]
        if tag == "link" and attrs.get("rel") in ("stylesheet", "icon"):
            loads.append(attrs.get("href"))
        assert all(url.startswith("../../") for url in loads if url is not None)
    for attrs in page.all("script"):  # data for search engines is no script: nothing runs it
        assert attrs.get("type") == "application/ld+json" or {"src", "defer"} <= set(attrs)


@pytest.mark.parametrize("name", PAGES)
def test_every_internal_link_is_made_by_rel(name: str) -> None:
    outside = (
        "../../",
        "#",
        "?to=",  # the form for an answer to one post, at the page's own address
        "mailto:",
        "tel:",
        "https://doi.org/",
        "https://hub.example/x/",
        "https://hub.example/login/",
        "https://hub.example/join/",  # the hub itself answers there, also when a copy is read
    )
    for tag, attrs in Page(rendered(name, "en")).tags:
        if attrs.get("hreflang") and tag == "link":  # search engines want the whole address
            assert (attrs["href"] or "").startswith("https://hub.example/")
            continue
        for key in ("href", "src", "srcset"):
            if key in attrs:
                assert (attrs[key] or "").startswith(outside), f"<{tag} {key}={attrs[key]}>"


@pytest.mark.parametrize("name", NAMES)
def test_template_trusts_no_text(name: str) -> None:
    source = (TEMPLATES / name).read_text("utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", source)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|https?://", source)
    assert not re.search(r'(?:href|src)="/', source)


def test_text_is_escaped() -> None:
    made = sample("topic.html", "en")
    hostile = '<script>alert(1)</script>"'
    made["topic"]["title"] = hostile
    made["posts"][0] |= {"name": hostile, "subject": hostile, "notes": [hostile]}
    text = environment("en").get_template("topic.html").render(made)
    assert "<script>alert" not in text
    assert Page(text).all("script")[0].keys() <= {"src", "defer", "data-say", "data-more"}


def test_topic_keeps_one_body_per_post_and_says_what_it_answers() -> None:
    text = rendered("topic.html", "en")
    page = Page(text)
    articles = page.all("article")
    assert [attrs["class"] for attrs in articles] == ["post", "post d1", "post d4", "post"]
    bodies = [attrs for _, attrs in page.tags if attrs.get("class") == "body"]
    assert len(bodies) == len(articles)
    assert bodies[1] == {"class": "body", "lang": "ar", "dir": "rtl"}
    assert f'dir="auto">{QUOTED}</div>' in text
    assert "in reply to #1 <bdi>Ana Souza</bdi>" in text
    assert "Reply to <bdi>Ana Souza</bdi>" in text
    assert "1,204 posts" in text


def test_only_the_first_page_of_a_topic_tells_how_long_it_is() -> None:
    second = {"number": 2, "prev": "/a/", "next": None}
    later = rendered("topic.html", "en", pager=second, first_page=False, begins=())
    assert "1,204" not in later
    assert "12 Mar 2026" not in later
    assert later.count("Page 2") == 3
    assert "Page 2 of" not in later
    alone = rendered("topic.html", "en", pager={"number": 1, "prev": None, "next": None})
    assert "pager" not in alone
    assert "1,204 posts" in alone


def test_a_translation_stands_beside_its_original() -> None:
    made = sample("topic.html", "en")
    first, second = made["posts"][:2]
    second |= {"renders": {"number": 1, "url": "/a/#b", "stale": True}, "answer": True}
    made["parts"] = [{"units": [[first, second]], "names": []}]
    text = environment("en").get_template("topic.html").render(made)
    page = Page(text)
    assert [attrs["class"] for attrs in page.all("article")] == ["post", "post accepted"]
    assert text.index('class="pair"') < text.index(first["mid"]) < text.index(second["mid"])
    assert "Translation of <a" in text
    assert "The original has changed since." in text


def test_closed_topic_offers_no_reply() -> None:
    made = sample("topic.html", "en")
    made["topic"]["state"] = "closed"
    text = environment("en").get_template("topic.html").render(made)
    assert "organising+t-x@" not in text
    assert "This topic is closed." in text
    assert "Begin a new topic" in text


@pytest.mark.parametrize("posting", ["open", "members", "moderated", "announce"])
@pytest.mark.parametrize("kind", ["conference", "list"])
def test_conference_says_how_to_take_part(kind: str, posting: str) -> None:
    made = _conference("en", kind, posting)
    text = environment("en").get_template("conference.html").render(made)
    assert "mailto:organising-join@hub.example" in text
    assert ('href="mailto:organising@hub.example"' in text) == (posting != "announce")


@pytest.mark.parametrize(
    "name", ["conference.html", "conference_page.html", "health.html", "topic.html"]
)
def test_what_opens_a_mail_program_has_its_address_on_the_page(name: str) -> None:
    page = rendered(name, "en")
    shown = re.sub(r"<[^>]*>", " ", page)
    for address in re.findall(r'href="mailto:([^"?]+)', page):
        if not address.startswith("postmaster@"):
            assert address in shown, address


def test_empty_hub_renders() -> None:
    made = context(
        "fr", conferences=[], lists=[], libraries=[], unions=[], body=None, **_ways("fr")
    )
    Page(environment("fr").get_template("home.html").render(made))
    nothing = {"topics": [], "months": [], "total": {"topics": 0, "posts": 0}}
    empty = _conference("fr") | nothing | {"archive": {"url": "/page/1/", "count": 0}}
    Page(environment("fr").get_template("conference.html").render(empty))
    Page(rendered("library.html", "fr", entries=[], top=[], count=0))
    Page(rendered("union_list.html", "fr", rows=[], years=[]))
    Page(rendered("union_list.html", "fr", rows=EVENTS, past=EVENTS, kind="events"))
    Page(rendered("union_list.html", "fr", rows=[], kind="events", calendar="/c.ics"))
    Page(rendered("union_home.html", "fr", blocks=[]))
    Page(rendered("union_join.html", "fr", how="mail", html=""))


def _compressed(data: bytes) -> int:
    return len(brotli.compress(data))  # type: ignore[no-untyped-call]


def test_first_view_fits_the_budget() -> None:
    style = _compressed((THEME / "static" / "style.css").read_bytes())
    script = _compressed((THEME / "static" / "solicomm.js").read_bytes())
    assert style <= 5 * 1024
    assert script <= 5 * 1024  # with its comments, which readers do not get
    others = sorted({*(THEME / "static").glob("*.js")} - {THEME / "static" / "opening.js"})
    assert len(others) == 6  # and one that only the first page of a stick has
    whole = [
        b"\n".join(line.encode() for line in data.script_lines(path.read_text())) for path in others
    ]
    assert sum(map(_compressed, whole)) <= 9 * 1024
    for name in PAGES:
        page = _compressed(rendered(name, "ar").encode())
        assert page + style <= 14_000, f"{name}: {page} + {style} octets"


_OF_THE_HEAD = re.compile(r"(?:^|[},])\s*\.(?:langs|top|brand|me|box|find-link|skip)(?![-\w])")


def test_no_other_style_sheet_reaches_into_the_head_of_a_page() -> None:
    """They lie beside style.css: a bare class of the head, in theirs, changes the menu there."""
    own = THEME / "static" / "style.css"
    assert _OF_THE_HEAD.search(own.read_text("utf-8"))
    program = THEME.parents[1] / "solicomm_build"
    sheets = {*(THEME / "static").glob("*.css"), *program.rglob("*.css")} - {own}
    assert len(sheets) > 5
    for sheet in sheets:
        rules = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        assert not _OF_THE_HEAD.search(rules), sheet


def test_static_files_stay_inside_the_house() -> None:
    style = (THEME / "static" / "style.css").read_text("utf-8")
    assert not re.search(r"@import|url\(|https?:", style)
    # Arabic is the mirror image of English only while no side is named.
    # Browsers that know no other way are apart: there it is none.
    style, apart = _OLD_BROWSERS.subn("", style)
    assert apart == 1
    assert not re.search(r"(?:margin|padding|border)-(?:left|right)|[{;]\s*(?:left|right):", style)
    assert not re.search(r"(?:text-align|float):\s*(?:left|right)", style)
    script = (THEME / "static" / "solicomm.js").read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|cookie =", script
    )
    # One cookie is looked at, which holds no secret: whether somebody may be signed in here.
    assert re.findall(r"[^\n]*document\.cookie[^\n]*", script) == [
        "  if (mine && /(^|; )solicomm-signed-in=1/.test(document.cookie)) "
        "load(mine.dataset.me).catch(() => {});"
    ]


_OLD_BROWSERS = re.compile(r"@supports not \(padding-inline:1px\)\{\n.*?\n\}\n", re.DOTALL)


def _palettes() -> list[dict[str, str]]:
    style = (THEME / "static" / "style.css").read_text("utf-8")
    light, dark = re.findall(r":root\{(.*?)\}", style, re.DOTALL)[:2]
    read = [dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{3,6})", text)) for text in (light, dark)]
    return [read[0], read[0] | read[1]]


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark"])
def test_text_contrast(palette: dict[str, str]) -> None:
    """WCAG 2.2 1.4.3: 4.5 to 1 for every pair of text and ground the style sheet uses."""
    pairs = [
        (text, ground)
        for text in ("ink", "soft", "accent")
        for ground in ("paper", "card", "shade")
    ]
    pairs += [("on-button", "button"), ("ink", "mark")]
    for text, ground in pairs:
        light, dark = sorted((_luminance(palette[text]), _luminance(palette[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground}"


def _sheet(name: str, dark: str = "auto") -> str:
    colours = {
        f"{when}_colours": preset.colours(name, "#8a1020", dark=when == "dark")
        for when in ("light", "dark")
    }
    template = environment("en").get_template("union.css.j2")
    return template.render(preset=name, dark=dark, **colours)


@pytest.mark.parametrize("name", preset.PRESETS)
def test_a_preset_is_small_and_names_no_side(name: str) -> None:
    sheet = _sheet(name)
    assert _compressed(sheet.encode()) <= 5 * 1024
    assert "--band:#8a1020" in sheet
    assert "--on-band:#ffffff" in sheet
    assert not re.search(r"@import|url\(|https?:|expression", sheet)
    sheet, apart = _OLD_BROWSERS.subn("", sheet)
    assert apart == 1
    assert not re.search(r"(?:margin|padding|border)-(?:left|right)|[{;]\s*(?:left|right):", sheet)
    assert not re.search(r"(?:text-align|float):\s*(?:left|right)", sheet)
    assert sheet.count("{") == sheet.count("}")


def test_a_site_says_whether_it_has_a_night() -> None:
    assert "prefers-color-scheme" in _sheet("plain")
    assert "prefers-color-scheme" not in _sheet("plain", "never")
    night = _sheet("plain", "always")
    assert "prefers-color-scheme" not in night
    assert f"--paper:{preset.PRESETS['plain'].dark.paper}" in night
