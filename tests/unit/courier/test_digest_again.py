"""A digest that waits with a post that has to go is sent again without it, to those who wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.digests import withdrawn
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.message.parse import parse
from solicomm_build.post.store import withdraw
from solicomm_build.post.store.redact import redact
from solicomm_build.testing.listhub import WHEN, ListHub, message

MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
PEOPLE = ["ana@union.example", "bo@union.example", "eve@union.example"]


@pytest.fixture(params=["page", "mime", "plain", "summary"])
def hub(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ListHub]:
    """Three posts wait in a digest, in each form."""
    made = ListHub(tmp_path)
    made.members(PEOPLE, digest="daily", form=request.param)
    look(made)
    for number in (1, 2, 3):
        made.post(message(number))
    assert look(made, MORNING) == 1
    yield made
    made.close()


def look(hub: ListHub, at: datetime = WHEN) -> int:
    """A courier that starts, looks once and ends."""
    out, log = Spool(hub.config.spool_out), maillog.to_nobody()
    digests, fanout = Digests(hub.config, out, log), Fanout(hub.config, out, log)
    try:
        with clock.fixed(at):
            count = digests.run()
            fanout.run()
    finally:
        digests.close()
        fanout.close()
    return count


def waiting(hub: ListHub) -> list[Item]:
    out = Spool(hub.config.spool_out)
    return [
        item
        for path in out.pending()
        for item in out.read(path)
        if digestmail.KEY_FIELD.encode() in item.raw
    ]


def test_hidden_it_goes_again_without_the_post(hub: ListHub) -> None:
    (before,) = waiting(hub)
    done = redact(hub.config, "water", "<2@union.example>", reason="r", by="operator")
    assert done.withdrawn == 1
    assert waiting(hub) == []
    assert look(hub, MORNING + timedelta(hours=1)) == 1
    (after,) = waiting(hub)
    assert after.envelope.rcpt_tos == before.envelope.rcpt_tos
    assert after.envelope.members == before.envelope.members
    assert b"Water 1" in after.raw
    assert b"Water 2" not in after.raw
    assert b"Water 3" in after.raw
    old, new = parse(before.raw), parse(after.raw)
    assert new.msgid == old.msgid
    assert old.field(digestmail.POSTS_FIELD) != new.field(digestmail.POSTS_FIELD)
    assert "2" in new.subject
    assert look(hub, MORNING + timedelta(hours=2)) == 0
    assert len(waiting(hub)) == 1


def test_erased_by_law_it_goes_again_without_the_post(hub: ListHub) -> None:
    erase.erase(hub.config, "<2@union.example>", reason="r", by="test")
    assert look(hub, MORNING + timedelta(hours=1)) == 1
    (after,) = waiting(hub)
    assert b"Water 1" in after.raw
    assert b"Water 2" not in after.raw
    assert list(withdrawn.notes(hub.config.spool_out)) == []


def test_only_who_has_not_had_it(hub: ListHub) -> None:
    (path,) = Spool(hub.config.spool_out).pending()
    path.with_suffix(".state").write_text('{"item": 0, "sent": [0], "failed": {}}\n')
    redact(hub.config, "water", "<2@union.example>", reason="r", by="operator")
    look(hub, MORNING)
    (after,) = waiting(hub)
    assert after.envelope.rcpt_tos == tuple(PEOPLE[1:])


def test_more_than_one_post_and_person_has_to_go_meanwhile(hub: ListHub) -> None:
    redact(hub.config, "water", "<1@union.example>", reason="r", by="operator")
    redact(hub.config, "water", "<2@union.example>", reason="r", by="operator")
    assert withdraw.recipient(hub.config, PEOPLE[0]) == 1
    ((_, note),) = withdrawn.notes(hub.config.spool_out)
    assert len(note.posts) == 1
    look(hub, MORNING)
    (after,) = waiting(hub)
    assert after.envelope.rcpt_tos == tuple(PEOPLE[1:])
    assert b"Water 3" in after.raw


def test_of_nothing_no_digest_is_made(hub: ListHub) -> None:
    for number in (1, 2, 3):
        redact(hub.config, "water", f"<{number}@union.example>", reason="r", by="operator")
    assert look(hub, MORNING) == 0
    assert waiting(hub) == []


def test_a_withdrawal_that_was_killed_sends_nothing_twice(hub: ListHub) -> None:
    (path,) = Spool(hub.config.spool_out).pending()
    note = withdrawn.note_of(waiting(hub)[0])
    assert note is not None
    withdrawn.leave(hub.config.spool_out, f"{path.stem}-0", note)
    assert look(hub, MORNING) == 0  # the file is there: it goes out as it is, or is withdrawn again
    assert len(waiting(hub)) == 1


def test_killed_after_it_was_queued_again_it_is_queued_once(hub: ListHub) -> None:
    redact(hub.config, "water", "<2@union.example>", reason="r", by="operator")
    ((path, note),) = withdrawn.notes(hub.config.spool_out)
    look(hub, MORNING)
    withdrawn.leave(hub.config.spool_out, path.stem, note)  # the note was still there
    assert look(hub, MORNING) == 0
    assert len(waiting(hub)) == 1
    assert list(withdrawn.notes(hub.config.spool_out)) == []
