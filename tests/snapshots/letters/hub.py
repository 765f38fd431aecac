"""What the hub writes by itself: weeks of courses, summaries of weeks, the form of a site."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from solicomm_build.desk import vocabulary
from solicomm_build.desk.lettering import letter
from solicomm_build.features.lists.reconfirming import ask_to_stay
from solicomm_build.features.migration import migration
from solicomm_build.features.migration.foreign import ForeignList, ForeignMember
from solicomm_build.features.weekly import summary as weekly
from solicomm_build.foundation import clock, maillog, watch
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.foundation.watch import ENDED, HELD
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import holdingroom
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference, Week
from solicomm_build.testing import searching, smallhub
from solicomm_build.testing.asgi import Ask, asked
from solicomm_build.testing.deskhub import AUTHSERV, NOW
from solicomm_build.web.app import create_app
from tests.snapshots.kept import Mail
from tests.snapshots.stage import MOD, OPERATOR, STRANGER, Stage


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    yield from _moved_here(stage)
    yield from _joining(stage)
    yield from _course(stage)
    yield from _weekly(stage)
    yield from _notices(stage)
    yield from _set_aside(stage)
    yield from _saved_search(stage)


def _moved_here(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Members of a list that has moved are asked to stay."""
    config = stage.hub.config
    people = (ForeignMember("new@union.example", lang=stage.lang, options={}),)
    source = ForeignList(server="Sympa", name="water", members=people)
    migration.take_roster(config, "water", source, sha256="a" * 64)
    ask_to_stay(config, "water", lambda _done, _total: None)
    yield from (("asked to stay", one) for one in stage.hub.sent())


def _joining(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """The form of a union's site."""
    config = stage.hub.config
    create(config.union_repo("docks"))
    site = (
        f"schema: solicomm/site@1\nunion: docks\ntitle: {{{stage.lang}: Dockers}}\n"
        f"languages: [{stage.lang}]\ncontact: {{email: office@docks.example}}\n"
        "join: {how: form}\n"
    )
    repo = open_repo(config.union_repo("docks"))
    write_once(repo, [Change("site.yaml", site.encode())], message="Site\n", when=NOW)
    app = create_app(config)
    fields = {"name": "Ana Paz", "reach": "ana@home.example", "work": "Gate 4", "say": "Hi\nthere"}
    for one in (fields, {"reach": "+54 11 5555"}):
        asyncio.run(asked(app, Ask("POST", "/unions/docks/join/", one), "192.0.2.1"))
    yield from ((f"form of a site {n}", one) for n, one in enumerate(stage.hub.sent(), 1))


def _course(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Weeks of a course that open."""
    weeks = (
        Week(
            1, "2026-11-25", {stage.lang: "Why?"}, ("https://union.example/book",), "Write a page"
        ),
        Week(2, "2026-11-26", {}, (), "topic"),
    )
    made = Conference(
        "course",
        {stage.lang: "A course"},
        posting="moderated",
        calendar=weeks,
        languages=(stage.lang,),
    )
    smallhub.add_conference(stage.hub.config, made)
    stage.hub.now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    stage.hub.work()
    yield from ((f"week of a course {n}", one) for n, one in enumerate(stage.waiting(), 1))


def _summed_up(stage: Stage, number: int, subject: str, *fields: str, proven: bool = True) -> None:
    hub = stage.hub
    hub.now += timedelta(minutes=1)
    vouched = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    raw = smallhub.mail(
        f"Text {number}.",
        *([vouched] if proven else []),
        *fields,
        sender=MOD,
        msgid=f"<w{number}@union.example>",
        subject=subject,
    ).replace(b"bar@hub", b"talk@hub")
    raw = raw.replace(b"Wed, 04 Mar 2026 06:12:00 +0000", format_datetime(hub.now).encode())
    with clock.fixed(hub.now):
        envelope = Envelope(MOD, ("talk@hub.example",), hub.now)
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())


def _weekly(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """The summary of a week, and the reminder of one."""
    hub, word = stage.hub, weekly.WORDS.get(stage.lang, weekly.WORDS["en"])[0]
    for name, number, fields, proven in (
        ("pinned", 1, [], True),
        ("below another", 2, ["In-Reply-To: <x@union.example>"], True),
        ("of nobody proven", 3, [f"Content-Language: {stage.lang}"], False),
    ):
        _summed_up(stage, number, f"[{word}] What we did {number}", *fields, proven=proven)
        yield from ((f"summary {name}", one) for one in hub.work())
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
    config, repo = hub.config, open_repo(hub.config.conference_repo("talk"))
    before = settings.decode(smallhub.files(repo.path)[settings.FILE])
    wished = replace(before, weekly_summary=True)
    write_once(repo, [Change(settings.FILE, settings.encode(wished))], message="S\n", when=hub.now)
    for days in (7, 14):
        hub.now = datetime(2026, 11, 23, 9, tzinfo=UTC) + timedelta(days=days)
        yield from ((f"reminder of a summary, {days}", one) for one in hub.work())
    assert config.domain == "hub.example"
    name = "weekly/misshapen"
    yield "summary as an answer", letter(stage.office, name, MOD, stage.lang, conference="talk")


def _notices(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """What held mail leads to, its rejection, and a list that is full."""
    hub = stage.hub
    hub.note(rosterevents.emergency("talk", on=True, at=hub.now, by="test"))
    _summed_up(stage, 10, "Held")
    mails = [parse(item.raw) for item in hub.work()]
    yield from ((f"held, to {one.to[0].addr_spec}", one) for one in mails)
    (notice,) = [one for one in mails if "moderate+" in (one.field("Reply-To") or "")]
    reject = vocabulary.shown(vocabulary.DECISIONS, "reject", stage.lang)
    for one in [*stage.reply(notice, f"{reject} Not now."), *map(_parsed, hub.work())]:
        yield f"rejected, to {one.to[0].addr_spec}", one
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holdingroom, "OF_SENDER", 100_000)
        for number in range(20, 24):
            raw = smallhub.mail(
                "long words " * 4000,
                msgid=f"<{number}@elsewhere.example>",
                subject=f"Strike {number}",
                sender=f"Eve <{STRANGER}>",
            ).replace(b"bar@hub", b"water@hub")
            envelope = Envelope(STRANGER, ("water@hub.example",), hub.now)
            Spool(hub.config.spool_in).put([Item(envelope, raw)])
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
    for one in map(_parsed, hub.work()):
        if len(one.attachments) == 0:
            yield f"no room, to {one.to[0].addr_spec}", one


def _set_aside(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """What the operator hears of things that held a stage."""
    hub = stage.hub
    hub.now += timedelta(days=1)
    held = smallhub.item(smallhub.mail("text"))
    Spool(hub.config.spool_in).quarantine(held, HELD.format(stage="ingest"))
    yield from (("set aside: a mail", one) for one in _to_operator(hub.work()))
    hub.now += timedelta(days=1)
    ended = ENDED.format(stage="build", times=3)
    watch.pass_over(hub.config.spool_quarantine, "build", "post:water/abc", ended)
    yield from (("set aside: a post", one) for one in _to_operator(hub.work()))


def _to_operator(items: list[Item]) -> Iterator[Item]:
    return (one for one in items if one.envelope.rcpt_tos == (OPERATOR,))


def _parsed(item: Item) -> Message:
    return parse(item.raw)


def _saved_search(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A search is saved, and what is new comes; then it is ended."""
    config, word = stage.hub.config, stage.word
    for name, line in (("saved", word("watch", "pumps")), ("saved nothing", word("watch", "in:x"))):
        yield from ((f"{name} search", one) for one in stage.hub.ask("solicomm", line))
    for mail in stage.hub.ask("solicomm", word("watch", "x"), sender=STRANGER, proven=False):
        yield "a search of who is not proved", mail
    root, at = config.public / "search" / "index", int(stage.hub.now.timestamp())
    titles = ("Strike at the pumps", "Huelga en las bombas", "إضراب المضخات")
    made = [
        searching.document(
            "pumps",
            title,
            "Ana" * (n < 2),
            place="conferences/water",
            url=f"t/{n}/#x",
            time=at + 86_400 * (n + 1),
        )
        for n, title in enumerate(titles)
    ]
    for path, data in searching.files_of(made).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    stage.hub.now += timedelta(days=7, minutes=1)
    for item in stage.hub.work():
        mail = parse(item.raw)
        if "List-Unsubscribe-Post" in str(item.raw):
            yield "what a saved search found", mail
    for line in (word("unwatch"), word("unwatch", "pumps")):
        yield from (("a search ended", one) for one in stage.hub.ask("solicomm", line))
