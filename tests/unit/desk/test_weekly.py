"""The summary of the week: marked, pinned until the next, first in the digest; and the reminder."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.weekly import summary as weekly
from solicomm_build.features.weekly.summary import Weekly
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import grants, rosterevents
from solicomm_build.post import conference as settings
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

MOD, ANA = "mod@union.example", "ana@union.example"


@pytest.fixture
def hub(hub: DeskHub) -> DeskHub:
    hub.member(1, MOD, "water", name="Mo", role="moderator", lang="en")
    hub.member(2, ANA, "water", name="Ana")
    return hub


def write(
    hub: DeskHub, number: int, subject: str, *fields: str, sender: str = MOD, proven: bool = True
) -> list[Message]:
    """A mail to the list through ingest, desk and ingest; what the desk sends."""
    put(hub, number, subject, *fields, sender=sender, proven=proven)
    sent = hub.work()
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    return [parse(item.raw) for item in sent]


def put(
    hub: DeskHub, number: int, subject: str, *fields: str, sender: str = MOD, proven: bool = True
) -> None:
    """A mail to the list through ingest."""
    hub.now += timedelta(minutes=1)
    vouched = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    raw = smallhub.mail(
        f"Text {number}.",
        *([vouched] if proven else []),
        *fields,
        sender=sender,
        msgid=f"<w{number}@union.example>",
        subject=subject,
    )
    raw = raw.replace(b"bar@hub", b"water@hub")
    raw = raw.replace(b"Wed, 04 Mar 2026 06:12:00 +0000", format_datetime(hub.now).encode())
    with clock.fixed(hub.now):
        envelope = Envelope(sender, ("water@hub.example",), hub.now)
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())


def files(hub: DeskHub) -> dict[str, bytes]:
    return smallhub.files(hub.config.conference_repo("water"))


def tid(number: int) -> TopicId:
    return TopicId(str(post_id(f"w{number}@union.example")))


def front(hub: DeskHub) -> str:
    grants.settle(hub.config)
    with clock.fixed(hub.now):
        builder = Builder(hub.config, data.theme())
        assert builder.build().failures == []
        builder.close()
    return (hub.config.public / "conferences/water/index.html").read_text("utf-8")


def test_a_summary_is_a_post_that_is_marked_and_pinned_until_the_next(hub: DeskHub) -> None:
    write(hub, 1, "A topic", sender=ANA)
    (told,) = write(hub, 2, "[summary] What we did")
    assert "stays at the top" in " ".join(told.text.split())
    kept = files(hub)
    assert f"topics/{tid(2)[:2]}/{tid(2)}/posts/{tid(2)}.md" in kept
    (record,) = [path for path in kept if path.startswith("summaries/")]
    assert record == f"summaries/2026-11-16-{tid(2)}.yaml"  # it is Tuesday: the week before
    events = [b.decode() for p, b in kept.items() if f"/{tid(2)}/events/" in p]
    assert sorted(text.split("type: ")[1].split("\n")[0] for text in events) == ["pin", "summary"]
    assert any("2026-11-16/2026-11-22" in text for text in events)
    write(hub, 3, "Newer topic", sender=ANA)
    page = front(hub)
    assert page.find("What we did") < page.find("Newer topic")
    hub.now += timedelta(days=7)
    write(hub, 4, "[Résumé] The next week", sender=MOD)
    page = front(hub)
    assert page.find("The next week") < page.find("Newer topic") < page.find("What we did")
    assert not hub.aside()


@pytest.mark.parametrize("word", ["summary", "résumé", "RESUMEN", "resumo", "ملخص", "Сводка"])
def test_the_mark_is_read_in_six_languages(word: str) -> None:
    assert weekly.is_meant(f" [{word}] week")
    assert not weekly.is_meant(f"Re: [{word}] week")
    assert not weekly.is_meant(f"{word} week")


@pytest.mark.parametrize(
    "subject",
    [
        "\u200f[ملخص] الأسبوع",
        "\u202b[ملخّص]\u202c الأسبوع",
        "[Re\u0301sume\u0301] La semaine",
        "［summary］ week",
    ],
)
def test_the_mark_is_read_as_programs_write_it(subject: str) -> None:
    assert weekly.is_meant(subject)


@pytest.mark.parametrize("proven", [True, False])
def test_the_week_is_that_of_the_conference_s_own_day(hub: DeskHub, proven: bool) -> None:
    wants(hub, zone="America/Lima")
    hub.now = datetime(2026, 11, 26, 1, tzinfo=UTC)  # Wednesday evening in Lima
    put(hub, 1, "[summary] Mine", proven=proven)
    told = [parse(item.raw) for item in hub.work()]
    if not proven:
        hub.reply(told[0], "", sender=MOD, proven=False)
        with clock.fixed(hub.now):  # the mail is judged again
            ingest(hub.config, once=True, log=maillog.to_nobody())
        hub.work()
    (kept,) = [path for path in files(hub) if path.startswith("summaries/")]
    assert kept.startswith("summaries/2026-11-16-"), "until Wednesday it is the week before"


def test_the_topics_of_the_week_are_those_of_its_days_there(hub: DeskHub) -> None:
    wants(hub, zone="America/Lima")
    hub.now = datetime(2026, 11, 30, 2, tzinfo=UTC)  # Sunday evening in Lima
    write(hub, 1, "Late on Sunday", sender=ANA)
    (letter,) = remind(hub, "2026-11-30T13:30:00")
    assert "Late on Sunday (1)" in letter.text


def test_others_only_write_a_post(hub: DeskHub) -> None:
    assert write(hub, 1, "[summary] Mine", sender=ANA) == []
    assert not [path for path in files(hub) if path.startswith("summaries/")]
    assert [path for path in files(hub) if "/posts/" in path]


def test_a_moderator_who_is_not_proved_is_asked(hub: DeskHub) -> None:
    (asked,) = write(hub, 1, "[summary] Mine", proven=False)
    assert not [path for path in files(hub) if "/posts/" in path]
    hub.reply(asked, sender=MOD)
    for _ in range(2):  # the mail is judged again, the desk makes the post, the post is taken
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
        hub.work()
    assert [path for path in files(hub) if path.startswith("summaries/")]
    assert [path for path in files(hub) if "/posts/" in path]


@pytest.mark.parametrize("proven", [True, False])
def test_a_summary_that_is_looked_at_late_is_of_the_week_in_which_it_came(
    hub: DeskHub, proven: bool
) -> None:
    hub.now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    put(hub, 1, "[summary] Mine", proven=proven)
    later = timedelta(days=6)
    if not proven:
        (asked,) = [parse(item.raw) for item in hub.work()]
    hub.now += later
    if proven:
        hub.work()  # nobody was at the desk
    else:
        hub.reply(asked, "", sender=MOD, proven=False)
        with clock.fixed(hub.now):  # the mail is judged again
            ingest(hub.config, once=True, log=maillog.to_nobody())
        hub.work()
    (kept,) = [path for path in files(hub) if path.startswith("summaries/")]
    assert kept.startswith("summaries/2026-11-23-"), "not of the week that has just begun"


def test_of_who_moderates_no_more_when_it_is_looked_at_it_is_a_post(hub: DeskHub) -> None:
    put(hub, 1, "[summary] Mine")
    hub.note(rosterevents.role("water", 1, "", at=hub.now, by="test"))
    hub.work()
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    kept = files(hub)
    assert f"topics/{tid(1)[:2]}/{tid(1)}/posts/{tid(1)}.md" in kept
    assert not [path for path in kept if path.startswith("summaries/")]
    assert not hub.aside()


def test_an_answer_is_no_summary_of_the_week(hub: DeskHub) -> None:
    write(hub, 1, "A topic", sender=ANA)
    write(hub, 2, "[summary] x", "In-Reply-To: <w1@union.example>")
    assert not [path for path in files(hub) if path.startswith("summaries/")]


def test_until_wednesday_it_is_the_week_before() -> None:
    assert weekly.monday(date(2026, 11, 25)) == date(2026, 11, 16)
    assert weekly.monday(date(2026, 11, 26)) == date(2026, 11, 23)
    one = Weekly(TopicId("a" * 32), date(2026, 11, 16))
    assert weekly.parse_path(one.path) == weekly.decode(weekly.encode(one), one.path) == one
    assert weekly.parse_path("summaries/2026-02-31-" + "a" * 32 + ".yaml") is None
    with pytest.raises(ContentErrors):
        weekly.decode(b"schema: solicomm/weekly-summary@1\ntopic: x\n", one.path)


def remind(hub: DeskHub, moment: str) -> list[Message]:
    hub.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return [parse(item.raw) for item in hub.work()]


def wants(hub: DeskHub, lang: str = "en", zone: str = "") -> None:
    made = settings.decode(files(hub)["conference.yaml"])
    change = Change(settings.FILE, settings.encode(replace(made, weekly_summary=True, zone=zone)))
    repo = open_repo(hub.config.conference_repo("water"))
    write_once(repo, [change], message="Edit\n", when=hub.now)
    hub.member(1, MOD, "water", name="Mo", role="moderator", lang=lang)


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_moderators_are_reminded_once_with_the_topics_of_the_week(hub: DeskHub, lang: str) -> None:
    wants(hub, lang)
    write(hub, 1, "Overtime", sender=ANA)
    assert remind(hub, "2026-11-30T07:00:00") == []
    (letter,) = remind(hub, "2026-11-30T08:00:00")
    assert letter.to[0].addr_spec == MOD
    assert letter.language == lang
    assert "Overtime (1)" in letter.text
    assert f"/conferences/water/t/{tid(1)}/" in letter.text
    assert f"[{weekly.WORDS[lang][0]}]" in letter.text
    assert remind(hub, "2026-11-30T09:00:00") == []
    assert remind(hub, "2026-12-01T09:00:00") == []
    (letter,) = remind(hub, "2026-12-08T09:00:00")  # the hub was down on Monday
    assert "Overtime" not in letter.text


def test_moderators_are_reminded_also_after_the_clock_was_ahead(hub: DeskHub) -> None:
    wants(hub)
    assert len(remind(hub, "2038-01-18T09:00:00")) == 1
    assert len(remind(hub, "2026-11-30T08:00:00")) == 1
    assert remind(hub, "2026-11-30T09:00:00") == []


def test_nobody_is_reminded_of_what_was_written(hub: DeskHub) -> None:
    wants(hub)
    write(hub, 1, "[summary] Early")
    hub.now = datetime(2026, 11, 30, 7, tzinfo=UTC)
    write(hub, 2, "[summary] Of the week")
    assert remind(hub, "2026-11-30T08:00:00") == []


def test_without_the_setting_nobody_is_reminded(hub: DeskHub) -> None:
    assert remind(hub, "2026-11-30T08:00:00") == []


@pytest.mark.parametrize(
    "field",
    [
        "X-Auto-Response-Suppress: All",
        "List-Unsubscribe: <mailto:stop@letters.example>",
        "Precedence: bulk",
        "X-Spam: yes",
        "Cc: board@union.example",
    ],
)
def test_no_field_of_a_moderators_mail_has_it_forgotten(hub: DeskHub, field: str) -> None:
    write(hub, 1, "[summary] What we did", field)
    kept = files(hub)
    is_post = f"topics/{tid(1)[:2]}/{tid(1)}/posts/{tid(1)}.md" in kept
    assert is_post or moderation.list_held(hub.config)


def test_a_summary_that_names_the_list_nowhere_is_not_forgotten(hub: DeskHub) -> None:
    vouched = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    raw = smallhub.mail(
        "Text.", vouched, sender=MOD, msgid="<w1@union.example>", subject="[summary] x"
    ).replace(b"bar@hub.example", b"all@union.example")
    with clock.fixed(hub.now):
        envelope = Envelope(MOD, ("water@hub.example",), hub.now)
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())
    hub.work()
    assert moderation.list_held(hub.config)
