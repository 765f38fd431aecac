"""Nobody learns by HTTP whether an address is on a list, or whether a closed place exists.

Pairs of requests that differ in one address alone, one that the hub knows and one that it does not,
are put to the whole application in process; then the desk does what they led to. Whatever a
stranger could see or cause must be the same: status, every field but the date, body, and how many
letters go to whom. So must what is said of a closed conference and of one that does not exist.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from solicomm_build.desk.run import desk
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.library import library
from solicomm_build.features.library.library import Library
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.message.parse import parse
from solicomm_build.people import access, rosterevents, token
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.sessions import DAY, Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import readertokens
from solicomm_build.post.store.placesettings import conferences
from solicomm_build.post.store.readers import Readers
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.asgi import Ask, Seen, alike, asked
from solicomm_build.web.app import create_app

NOW, CONSENT = smallhub.BEGUN, Consent("owner")
SHEET = "solidarity-appeal@1"
CONTENT = Path(__file__).parents[3] / "content" / "forms"
SITE = b"""\
schema: solicomm/site@1
union: docks
title: {en: Dock workers}
languages: [en, fr]
contact: {email: office@docks.example}
join: {how: form}
"""
KNOWN_AS = ("member", "of a closed list", "host", "moderator", "editor", "gone", "paused", "banned")
"""What the hub knows of the address that it knows."""
WRITTEN = {
    "union": "Hogar",
    "employer": "Acme",
    "country": "KE",
    "action": "strike",
    "contact": "me",
    "starts": "2026-05-01",
    "demands": "One",
    "help": "Write",
    "danger": "x",
    "from-name": "Ana",
}
CLOSED, MISSING = "board", "nosuc"
HAS_LETTERS_OF_ITS_OWN = ("/login/", "/edit/docks/")
"""Pages whose letter goes to who is known alone: only the mailbox that it goes to can tell."""


def _posts() -> Iterator[Ask]:
    """Everything that an address can be written into."""
    for name, how in itertools.product(("water", "quiet", CLOSED), ("each", "daily", "off")):
        yield Ask("POST", f"/join/{name}", {"address": "{address}", "name": "Ana", "how": how})
    yield Ask("POST", "/join/water", {"address": "{address}"}, {"accept-language": "ar"})
    yield Ask("POST", "/join/water", {"address": "x{address}x y"})
    for place in ("", f"/conferences/{CLOSED}/", "/members/"):
        yield Ask("POST", "/login/", {"address": "{address}", "to": place})
    yield Ask("POST", "/login/", {"address": "{address}"}, {"origin": "http://evil.example"})
    yield Ask("POST", "/edit/docks/", {"address": "{address}"})
    yield Ask("POST", "/edit/docks/", {"token": "{address}"})
    yield Ask("POST", "/edit/nosuc/", {"address": "{address}"})
    yield Ask("POST", "/unions/docks/join/", {"reach": "{address}", "name": "Ana"})
    yield Ask("POST", "/unions/docks/fr/join/", {"reach": "", "name": "{address}"})
    for path, lines in itertools.product(
        ("/conferences/water", "/es/conferences/water", f"/conferences/{CLOSED}"), (WRITTEN, {})
    ):
        yield Ask(
            "POST", f"{path}/forms/solidarity-appeal/", {"from-address": "{address}", **lines}
        )
    for path in ("/conferences/water/", "/es/conferences/quiet/", f"/conferences/{CLOSED}/"):
        said = {"text": "Words", "subject": "Hello", "name": "Ana", "email": "{address}"}
        yield Ask("POST", path, said)
        yield Ask("POST", path, {**said, "preview": "1"})
    topic = f"/conferences/water/t/{hubs.mid('m1')}/"
    yield Ask("POST", topic, {"text": "Words", "name": "Ana", "email": "{address}"})
    yield Ask("POST", topic, {"text": "", "name": "{address}", "email": "{address}"})
    for path in (
        "/unsubscribe/{path}",
        "/confirm/{path}",
        "/login/{path}",
        "/edit/docks/enter/{path}",
    ):
        yield Ask("POST", path, {"List-Unsubscribe": "One-Click", "address": "{address}"})
        yield Ask("GET", path)
    for path in ("/members/", "/logout/", "/edit/docks/leave", "/edit/docks/text", "/oai"):
        yield Ask("POST", path, {"address": "{address}", "verb": "Identify", "do": "{address}"})


def _gets() -> Iterator[Ask]:
    """Everything that can be asked about an address, and fields of a request that may name one."""
    for path in (
        "/join/water",
        f"/join/{CLOSED}",
        "/login/",
        "/members/",
        "/members/indexes.json",
        "/search/",
        "/es/search/",
        "/edit/docks/",
        "/edit/docks/text",
        "/unions/docks/join/",
        "/healthz",
        "/metrics",
        "/hosts/known",
        "/sitemap.xml",
        "/sitemap-hub.xml",
        "/feed.xml",
        "/robots.txt",
        "/.well-known/security.txt",
        "/conferences/water/",
        "/conferences/water/feed.xml",
        "/conferences/water/forms/solidarity-appeal/",
        f"/conferences/{CLOSED}/",
    ):
        query = "?nojs=1&q={path}&address={path}&domain={path}"
        yield Ask("GET", path + query, {}, {"from": "{address}", "cookie": "a={path}"})
    for verb in ("GetRecord", "ListRecords", "ListIdentifiers"):
        wanted = "metadataPrefix=oai_dc&identifier=oai:hub.example:{path}&set={path}"
        yield Ask("GET", f"/oai?verb={verb}&{wanted}")
    for path in (
        "/people/{path}/",
        "/{path}",
        "/preview/{path}/",
        "/conferences/water/by/{path}/",
        "/edit/docks/media/{path}",
    ):
        yield Ask("GET", path)
    for repo in ("conferences/water", f"conferences/{CLOSED}", "unions/docks"):
        for service in ("git-upload-pack", "git-receive-pack"):
            path = f"/{repo}.git/info/refs?service={service}"
            yield Ask("GET", path, {}, {"authorization": "Basic {basic}"})


CASES = [(known, ask) for ask in (*_posts(), *_gets()) for known in KNOWN_AS]


class Hub:
    """A hub with its application and no network; each pair of requests has a place of its own."""

    def __init__(self, root: Path) -> None:
        water = Conference(
            "water",
            {"en": "Water"},
            kind="list",
            languages=("en", "es"),
            posting="open",
            forms=(SHEET,),
        )
        self.config = smallhub.make(
            root,
            water,
            replace(water, id=CLOSED, title={"en": "Secret"}, visibility="members"),
            replace(water, id="quiet", visibility="unlisted"),
            operator="op@hub.example",
        )
        blob = (CONTENT / f"{SHEET}.yaml").read_bytes()
        for name in ("water", CLOSED, "quiet"):
            repo = self.config.conference_repo(name)
            hubs.commit(repo, Change(forms.path(SHEET), blob))
        create(self.config.union_repo("docks"))
        hubs.commit(self.config.union_repo("docks"), Change("site.yaml", SITE))
        shelf = Library(CLOSED, {"en": "Shelf"}, {}, ("en",), visibility="members")
        create(self.config.library_repo(CLOSED))
        hubs.commit(self.config.library_repo(CLOSED), Change(library.FILE, library.encode(shelf)))
        smallhub.add_events(self.config, list(self._people()))
        for number, (known, _) in enumerate(CASES, 1):
            if known == "editor":
                access.issue(self.config, _address("m", number), ["unions/docks"])
        hubs.add(self.config, CLOSED, [hubs.post("m0", subject="Rubies", body="In the chest.\n")])
        hubs.add(self.config, "water", [hubs.post("m1", subject="Pipes", body="Open.\n")])
        hubs.build(self.config)

    def _people(self) -> Iterator[Event]:
        host = len(CASES) + 1
        yield rosterevents.member(host, "host@union.example", at=NOW, consent=CONSENT)
        yield rosterevents.role("*", host, "host", at=NOW, by="test")
        for number, (known, _) in enumerate(CASES, 1):
            if known == "banned":
                yield rosterevents.standing(
                    "water", _address("m", number), "banned", at=NOW, by="test"
                )
                continue
            yield rosterevents.member(
                number, _address("m", number), at=NOW, consent=CONSENT, name="Ana", lang="fr"
            )
            place = CLOSED if known == "of a closed list" else "water"
            options = {"delivery": "off"} if known == "paused" else None
            yield rosterevents.subscribe(place, number, at=NOW, consent=CONSENT, options=options)
            if known == "gone":
                yield rosterevents.unsubscribe("water", number, at=NOW, by="mail")
            if known in ("host", "moderator"):
                where = "*" if known == "host" else "water"
                yield rosterevents.role(where, number, known, at=NOW, by="test")

    def letters(self) -> list[Item]:
        """What goes out when the desk has done what waits; taken away."""
        desk(self.config, once=True, log=maillog.to_nobody())
        spool, found = Spool(self.config.spool_out), []
        for path in spool.pending():
            found += spool.read(path)
            spool.done(path)
        return found


def _address(who: str, number: int) -> str:
    return f"{who}{number}@u{number}.example"


def _request(ask: Ask, who: str, number: int) -> Ask:
    address = _address(who, number)
    basic = base64.b64encode(f"{address}:{address}".encode()).decode()
    return ask.filled(address=address, path=quote(address), basic=basic)


def _close(app: Starlette) -> None:
    for held in app.state.held:
        held.close()


async def _pair(app: Starlette, two: dict[str, Ask], number: int) -> tuple[Seen, Seen]:
    """The answers to two requests from one place, without the word that they differ in."""
    first, second = [
        alike(await asked(app, ask, _place(number)), word, "x") for word, ask in two.items()
    ]
    return first, second


def _place(number: int) -> str:
    return f"198.18.{number // 250}.{number % 250 + 1}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    with clock.fixed(hubs.START):
        return Hub(tmp_path_factory.mktemp("oracle") / "hub")


Letters = dict[str, dict[int, Counter[str]]]
"""By known (`m`) or not (`s`), case and recipient: `who` for the address that was written."""
Outcome = tuple[list[tuple[Seen, Seen]], Letters]


@pytest.fixture(scope="module")
def outcome(hub: Hub) -> Outcome:
    async def all_of() -> list[tuple[Seen, Seen]]:
        found = []
        for number, (_, ask) in enumerate(CASES, 1):
            two = {f"{who}{number}": _request(ask, who, number) for who in "ms"}
            found.append(await _pair(app, two, number))
        return found

    with clock.fixed(hubs.START):
        app = create_app(hub.config)
        answers = asyncio.run(all_of())
        sent = hub.letters()
        _close(app)
    letters: Letters = {who: defaultdict(Counter) for who in "ms"}
    for one in sent:
        named = re.search(
            rb"\b([ms])(\d+)@u\2\.example", one.raw + one.envelope.rcpt_tos[0].encode()
        )
        assert named is not None, parse(one.raw).subject
        who, number, to = named[1].decode(), int(named[2]), one.envelope.rcpt_tos[0]
        letters[who][number]["who" if to == _address(who, number) else to] += 1
    return answers, letters


def test_a_known_address_and_an_unknown_one_get_the_same_answer(outcome: Outcome) -> None:
    assert len(CASES) >= 400
    different = [
        (case, known, unknown)
        for case, (known, unknown) in zip(CASES, outcome[0], strict=True)
        if known != unknown
    ]
    assert different == []
    assert {200, 303, 400, 401, 403, 404, 422} <= {one.status for one, _ in outcome[0]}


def test_they_cause_as_many_letters_to_the_same_people(outcome: Outcome) -> None:
    """But for links that let in, which only who is known gets, and for banned people, who get
    none: what comes to a mailbox or does not, only its owner sees."""
    different = []
    for number, (known, ask) in enumerate(CASES, 1):
        members, strangers = (Counter(outcome[1][who][number]) for who in "ms")
        if ask.path in HAS_LETTERS_OF_ITS_OWN or known == "banned":
            assert members["who"] <= 1
            del members["who"], strangers["who"]
        if members != strangers:
            different.append((known, ask, members, strangers))
    assert different == []
    assert sum(found["who"] for found in outcome[1]["s"].values()) > 50


def test_nobody_else_gets_a_letter_but_the_office_that_was_written_to(outcome: Outcome) -> None:
    others = {
        (CASES[number - 1][1].path, to)
        for found in outcome[1].values()
        for number, letters in found.items()
        for to in letters
        if to != "who"
    }
    assert others == {("/unions/docks/join/", "office@docks.example")}


def _places() -> Iterator[Ask]:
    """All addresses that a place can be asked for at."""
    for method, path in itertools.product(
        ("GET", "HEAD"),
        (
            "/join/{place}",
            "/conferences/{place}/",
            "/conferences/{place}",
            "/fr/conferences/{place}/",
            "/conferences/{place}/feed.xml",
            "/conferences/{place}/sitemap.xml",
            "/libraries/{place}/",
            "/conferences/{place}/t/{topic}/",
            "/conferences/{place}/search/index/manifest.js",
            "/conferences/{place}/forms/solidarity-appeal/",
            "/libraries/{place}/feed.xml",
            "/libraries/{place}.git/info/refs?service=git-upload-pack",
            "/conferences/{place}.git/info/refs?service=git-upload-pack",
            "/conferences/{place}.git/info/refs?service=git-receive-pack",
            "/search/?nojs=1&q=rubies+{place}",
            "/oai?verb=ListRecords&metadataPrefix=oai_dc&set={place}",
            "/login/?to=/conferences/{place}/",
            "/edit/{place}/",
        ),
    ):
        yield Ask(method, path)
    yield Ask("POST", "/join/{place}", {"address": "ana@x.example"})
    yield Ask("POST", "/conferences/{place}/forms/solidarity-appeal/", WRITTEN)
    yield Ask("POST", "/conferences/{place}.git/git-upload-pack", {"x": "y"})
    yield Ask("POST", "/members/", {"do": "token", "conference": "{place}"})


def test_a_closed_place_and_none_at_all_are_the_same(hub: Hub) -> None:
    """For who is not signed in, for a member of other lists with a cookie, for one with a token."""

    async def all_of() -> list[tuple[Ask, Seen, Seen]]:
        found = []
        for number, (more, ask) in enumerate(itertools.product(asking, _places()), 1):
            wanted = replace(ask, headers={**ask.headers, **more})
            two = {name: wanted.filled(place=name, topic=topic) for name in (CLOSED, MISSING)}
            found.append((wanted, *await _pair(app, two, number)))
        return found

    topic = str(hubs.tid_of(hubs.post("m0", subject="Rubies", body="In the chest.\n")))
    with clock.fixed(hubs.START):
        app = create_app(hub.config)
        asking = [{}, *_signed_in(hub.config)]
        found = asyncio.run(all_of())
        home = asyncio.run(asked(app, Ask("GET", "/members/", {}, asking[1]), "198.18.9.1"))
        _close(app)
    assert len(found) > 100
    assert [one for one in found if one[1] != one[2]] == []
    assert not [one for one in found if "chest" in one[1].body]
    assert f"m{_number_of('member')}@" in home.body, "the cookie signs in"


def _number_of(wanted: str) -> int:
    """The first case with such an address."""
    return next(number for number, (known, _) in enumerate(CASES, 1) if known == wanted)


def _signed_in(config: Config) -> Iterator[dict[str, str]]:
    """The fields that a member of other lists sends: a session's cookie, a token for git."""
    number = _number_of("member")
    sessions = Sessions(config)
    begun = sessions.begin(sessions.link(number, "", clock.now()), clock.now(), DAY)
    sessions.close()
    assert begun is not None
    readers = Readers(config, conferences(config))
    secret = readertokens.issue(config, readers, number, "water", "en")
    readers.close()
    yield {"cookie": f"solicomm-member={_signed(config, begun[0])}"}
    basic = base64.b64encode(f"ana:{secret}".encode()).decode()
    yield {"authorization": f"Basic {basic}"}


def _signed(config: Config, secret: str) -> str:
    said = f"member\0cookie\0{secret}".encode()
    return f"{secret}.{hmac.digest(token_key(config.keys), said, 'sha256').hex()[:26]}"


def test_a_forged_link_says_nothing_about_the_member_that_it_names(hub: Hub) -> None:
    async def all_of() -> list[tuple[Seen, Seen]]:
        found = []
        for number, (method, forged) in enumerate(itertools.product(("GET", "POST"), range(1, 21))):
            two = {}
            for member in (forged, 900_000 + forged):
                text = token.leave_token(token_key(hub.config.keys), "water", member)
                text = text[:-1] + ("a" if text[-1] != "a" else "b")
                two[text] = Ask(method, f"/unsubscribe/{text}", {"List-Unsubscribe": "One-Click"})
            found.append(await _pair(app, two, number))
        return found

    app = create_app(hub.config)
    found = asyncio.run(all_of())
    _close(app)
    assert len(found) == 40
    assert [one for one in found if one[0] != one[1]] == []


LIMITED = (
    Ask("POST", "/join/water", {"address": "{address}"}),
    Ask("POST", "/join/quiet", {"address": "{address}"}),
    Ask("POST", "/login/", {"address": "{address}"}),
    Ask("POST", "/edit/docks/", {"address": "{address}"}),
    Ask(
        "POST",
        "/conferences/water/forms/solidarity-appeal/",
        {"from-address": "{address}", **WRITTEN},
    ),
)


def test_limits_are_the_same_for_who_is_known(hub: Hub) -> None:
    """As many requests in one name, from one place and from many, until they are refused."""

    async def statuses(who: str, ask: Ask, wide: bool) -> list[int]:
        number = _number_of("member")
        wanted = _request(ask, who, number)
        app = create_app(hub.config)
        seen = [
            (await asked(app, wanted, _place(count if wide else 1))).status for count in range(30)
        ]
        _close(app)
        return seen

    with clock.fixed(hubs.START):
        for ask, wide in itertools.product(LIMITED, (False, True)):
            known, unknown = (asyncio.run(statuses(who, ask, wide)) for who in "ms")
            assert known == unknown, ask
            assert 200 in known
    hub.letters()
