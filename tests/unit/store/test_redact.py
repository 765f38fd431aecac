"""A post that is hidden goes out to nobody else; one that is not to be archived goes out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store.poststore import topic_state
from solicomm_build.post.store.redact import redact
from solicomm_build.testing import smallhub
from solicomm_build.testing.listhub import ListHub, message


def _run(hub: ListHub) -> int:
    fanout = Fanout(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
    try:
        return fanout.run()
    finally:
        fanout.close()


@pytest.fixture
def hub(tmp_path: Path) -> ListHub:
    made = ListHub(tmp_path)
    made.members(["ana@union.example", "bo@union.example"])
    made.close()
    return made


def test_hidden_before_it_went_out(hub: ListHub) -> None:
    _, mid = hub.post(message(1))
    hub.post(message(2))
    assert redact(hub.config, "water", mid[:8], reason="r", by="operator").withdrawn == 0
    assert _run(hub) == 1


def test_to_show_it_again_needs_no_reason(hub: ListHub) -> None:
    tid, mid = hub.post(message(1))
    redact(hub.config, "water", mid, reason="r", by="operator")
    redact(hub.config, "water", mid, reason="", by="operator", undo=True)
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        assert topic_state(reader, tid).hidden == {}
    with pytest.raises(UsageError, match="--reason"):
        redact(hub.config, "water", mid, reason="", by="operator")


def test_hidden_while_it_waits_in_the_spool(hub: ListHub) -> None:
    hub.post(message(1))
    hub.post(message(2))
    assert _run(hub) == 2
    done = redact(hub.config, "water", "<1@union.example>", reason="r", by="operator")
    assert done.withdrawn == 1
    spool = Spool(hub.config.spool_out)
    (path,) = spool.pending()
    assert b"Water 2" in spool.read(path)[0].raw
    assert _run(hub) == 0


def test_an_answer_to_what_was_hidden_still_goes(hub: ListHub) -> None:
    hub.post(message(1))
    hub.post(message(2, extra="References: <1@union.example>\r\n"))
    assert _run(hub) == 2
    redact(hub.config, "water", "<1@union.example>", reason="r", by="operator")
    assert len(Spool(hub.config.spool_out).pending()) == 1


def test_what_is_not_archived_goes_out_and_leaves_its_id_only(hub: ListHub) -> None:
    _, mid = hub.post(message(1, extra="X-No-Archive: yes\r\n"), archived=False)
    assert _run(hub) == 1
    files = smallhub.files(hub.config.conference_repo("water"))
    assert [blob for name, blob in files.items() if mid in name] == [b""]
    assert not any(b"Water is a right" in blob for blob in files.values())


def test_what_cannot_be_hidden(hub: ListHub) -> None:
    with pytest.raises(HubError, match="No post"):
        redact(hub.config, "water", "abc", reason="r", by="operator")
    with pytest.raises(HubError, match="no conference"):
        redact(hub.config, "fire", "abc", reason="r", by="operator")
    with pytest.raises(UsageError, match="--reason"):
        redact(hub.config, "water", "abc", reason=" ", by="operator")


@pytest.mark.parametrize("number", range(6))
def test_what_is_said_last_counts_also_within_a_second(hub: ListHub, number: int) -> None:
    """Events of one second were ordered by their ids: a post could stay hidden, or shown."""
    tid, mid = hub.post(message(number + 1))
    said = {"reason": "r", "by": "operator"}
    with clock.fixed(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        for undo in (False, True, False, True, False)[: number % 3 + 1]:
            redact(hub.config, "water", mid, undo=undo, **said)
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        hidden = topic_state(reader, tid).hidden
    assert (mid in hidden) == (number % 3 != 1)
