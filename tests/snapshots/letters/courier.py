"""What the courier writes itself: mails about bounces, digests, reports of refusal, list copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from solicomm_build.courier.fanout import Fanout
from solicomm_build.desk import words as wording
from solicomm_build.features.bounces import bouncemail
from solicomm_build.features.bounces.bounce import Bounce, Kind, Trip
from solicomm_build.features.bounces.bouncemail import Frame, Week
from solicomm_build.features.bounces.reports import dsnwrite
from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.digests.issue import Issue
from solicomm_build.features.digests.values import Digest, Entry
from solicomm_build.features.digests.words import words
from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, PostId, TopicId
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.post import detachment
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Attached
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, Stage


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    yield from _bounces(stage)
    yield from _digests(stage)
    yield from _copies(stage)
    for who in (ANA, "жук@union.example"):
        raw = dsnwrite.write("x@hub.example", "mx.example", who, "550 5.1.1 user unknown", NOW)
        yield f"report of refusal: {who}", raw


def _bounces(stage: Stage) -> Iterator[tuple[str, Mail]]:
    lang, title = stage.lang, stage.office.title("water", stage.lang)
    say = wording.own(stage.hub.config, maillog.to_nobody())
    frame = Frame("hub.example", "water", title, ANA, lang, "water-bounces+x@hub.example", NOW, say)
    yield "probe", bouncemail.probe(frame)
    yield "notice", bouncemail.notice(frame, NOW.date(), NOW.date() + timedelta(days=30))
    kinds = Counter({str(kind): number for number, kind in enumerate(Kind, 1)})
    who = [ANA, "a@b.example"]
    for unknown in ([], [b"Subject: Odd\r\n\r\nodd\r\n"], [b"Subject: Odd\r\n\r\nodd\r\n"] * 5):
        yield (
            f"summary, {len(unknown)}",
            bouncemail.summary(frame, Week(who, who, who, who, kinds, unknown)),
        )
    hub = replace(frame, list_id="", title="Union hub", to="op@hub.example")
    for members in (1, 12):
        sample = Bounce(1, "water", Kind.SOFT, NOW, "big.example", "4.4.1", "450 timed out")
        trip = Trip(Kind.SOFT, members, sample)
        yield (
            f"alert, {members}",
            bouncemail.alert(
                hub, "big.example", trip, NOW + timedelta(days=1), NOW - timedelta(hours=1)
            ),
        )


def _entry(number: int, subject: str, link: str) -> Entry:
    attached = (
        b"--b\r\nContent-Type: text/plain\r\n\r\nWater is a right.\r\n--b\r\nContent-Type: "
        b'application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\nx\r\n--b--'
    )
    raw = smallhub.mail("@", msgid=f"<{number}@union.example>", subject=subject)
    head = raw.replace(b"\r\n\r\n@", b'\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n@')
    raw = head.replace(b"@\r\n", attached + b"\r\n") if link else raw
    return Entry(f"{subject}-topic", parse(raw), f"{number}@union.example", raw, link, "m" * 32)


def _digests(stage: Stage) -> Iterator[tuple[str, Mail]]:
    settings = stage.office.conference("water")
    assert settings is not None
    facts = list_facts(stage.hub.config, settings)
    entries = (
        _entry(1, "Strike on Friday", "http://hub.example/conferences/water/t/x/#y"),
        _entry(2, "", ""),
    )
    for form in ("page", "mime", "plain", "summary"):
        for some in (entries[:1], entries):
            moments = [datetime(2026, 3, 4, 6, number, tzinfo=UTC) for number in range(len(some))]
            said = words(stage.lang, facts.title, Issue(1, 7, 2026, ""), NOW, moments)
            digest = Digest(
                facts, "water/x", "digest.1@hub.example", NOW, stage.lang, said, some, (1, 7)
            )
            yield f"digest, {form}, {len(some)}", digestmail.compose_digest(digest, form)


def _copies(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """A post as members get it, and what stands in the place of a file."""
    config = stage.hub.config
    out = Spool(config.spool_out)
    fanout = Fanout(config, out, maillog.to_nobody())
    raw = smallhub.mail("Come to the gate.", subject="Strike", sender=f"Ana <{ANA}>")
    raw = raw.replace(b"bar@hub", b"talk@hub")
    fanout.run()
    envelope = Envelope(ANA, ("talk@hub.example",), NOW)
    Spool(config.spool_in).put([Item(envelope, raw)])
    ingest(config, once=True, log=maillog.to_nobody())
    fanout.run()
    fanout.close()
    yield from ((f"list copy {number}", one) for number, one in enumerate(stage.hub.sent(), 1))
    settings = stage.office.conference("talk")
    assert settings is not None
    file = Attached("0" * 64, "scan.pdf", "application/pdf", 3_400_000)
    facts = list_facts(config, settings)
    for where in (facts, replace(facts, archived=False)):
        said = detachment.note(file, where, stage.lang, TopicId("t" * 32), PostId("m" * 32))
        yield f"in place of a file, {where.archived}", said
