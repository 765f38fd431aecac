"""One message in the log and the repositories; the whole way is in tests/e2e/test_operation.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.tracing.tracing import trace
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

MID = post_id("1@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path)
    Spool(made.spool_in).put([item(mail())])
    ingest(made, once=True, log=maillog.to_file(made.mail_log))
    return made


@pytest.mark.parametrize("name", ["<1@union.example>", "1@union.example", MID, MID.upper()])
def test_by_its_names(hub: Config, name: str) -> None:
    found = trace(hub, name)
    assert [step.event for step in found.steps] == ["verdict", "commit", "not-published"]
    assert (found.mid, found.conferences) == (MID, ("bar",))
    assert found.steps[0].facts["rule"] == "open"
    assert found.steps[0].facts["id"] in found.arrivals


def test_another_message_is_left_out(hub: Config) -> None:
    Spool(hub.spool_in).put([item(mail("two", msgid="<2@union.example>"))])
    ingest(hub, once=True, log=maillog.to_file(hub.mail_log))
    assert len(trace(hub, MID).steps) == 3
    assert trace(hub, "<3@union.example>").steps == ()


def test_lines_that_a_crash_cut_short_do_no_harm(hub: Config) -> None:
    with hub.mail_log.open("a") as file:
        for torn in ("members=1-", "member=", 'reply="451'):
            file.write(f"2026-11-24T14:53:07.120+00:00 handed-over post=bar/{MID} {torn}\n")
        file.write("2026-11-24T14:53:07.120+00:00 published repo=bar commit=12\n2026-11")
    events = [step.event for step in trace(hub, MID).steps]
    assert events.count("handed-over") == 2
    assert "not-published" in events


def test_pages_of_a_history_that_was_written_anew(hub: Config) -> None:
    with hub.mail_log.open("a") as file:  # a tip that an erasure took away
        file.write(f"2026-11-24T14:53:07.120+00:00 published repo=bar commit={'a' * 40}\n")
    assert [step.event for step in trace(hub, MID).steps][-1] == "not-published"


@pytest.mark.parametrize("name", ["water", "", "--all", "1795532587120000"])
def test_what_names_no_message(hub: Config, name: str) -> None:
    with pytest.raises(UsageError, match="names no message"):
        trace(hub, name)


def test_a_message_that_is_named_by_where_it_was_kept(hub: Config) -> None:
    (kept,) = trace(hub, MID).arrivals
    assert trace(hub, kept) == trace(hub, MID)
    assert trace(hub, kept.partition(".")[0]).mid == MID
    assert trace(hub, "1795532587120000-0000042-000007.0").steps == ()
