"""`solicomm quarantine`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import REASON, Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.testing.smallhub import item, mail

Run = Callable[..., Result]
TO = "organising@hub.example"


def _set_aside(hub: Config, reason: str = "a fault: no such <bo@union.example>") -> str:
    path = Spool(hub.spool_in).quarantine(item(mail(), TO), reason)
    return path.name.removesuffix(".mail")


def test_nothing_is_set_aside(on_hub: Run) -> None:
    assert on_hub("quarantine", "list").output == "Nothing is set aside\n"
    assert json.loads(on_hub("quarantine", "list", "--json").output) == []


def test_list_and_show_mask_addresses_unless_asked(on_hub: Run, sample_hub: Config) -> None:
    name = _set_aside(sample_hub)
    listed = on_hub("quarantine", "list").output
    assert name in listed
    assert "no such <b…@u…>" in listed
    assert "bo@union.example" in on_hub("quarantine", "list", "--addresses").output
    shown = on_hub("quarantine", "show", name[3:9]).output
    assert "Subject: Hello" in shown
    assert "union.example" not in shown
    assert "from ana@union.example" in on_hub("quarantine", "show", name, "--addresses").output
    assert on_hub("quarantine", "show", name, "--raw").stdout_bytes == mail()


@pytest.mark.parametrize("words", [(), ("--addresses",)])
def test_a_stranger_s_mail_orders_no_terminal_about(
    on_hub: Run, sample_hub: Config, words: tuple[str, ...]
) -> None:
    raw = mail().replace(
        b"Subject: ", b"X-Odd: \x1b]52;c;cm0gLXJm\x07\x1b[2J\xc2\x9b31m\r\nSubject: "
    )
    reason = "a fault: \x1b]0;mine\x07 \u202egnp"
    path = Spool(sample_hub.spool_in).quarantine(item(raw, TO), reason)
    name = path.name.removesuffix(".mail")
    for said in (("show", name, *words), ("list", *words)):
        told = on_hub("quarantine", *said)
        assert (told.exit_code, name in told.output) == (0, True)
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told.output)
    assert on_hub("quarantine", "show", name, "--raw").stdout_bytes == raw


def test_retry_after_a_mend(on_hub: Run, sample_hub: Config) -> None:
    name = _set_aside(sample_hub)
    assert on_hub("quarantine", "retry", name).output == f"{name} waits in spool/in again\n"
    assert on_hub("quarantine", "list").output == "Nothing is set aside\n"
    assert on_hub("ingest", "--once").exit_code == 0
    traced = json.loads(on_hub("trace", post_id("1@union.example"), "--json").output)
    assert "commit" in [step["event"] for step in traced["steps"]]


def test_what_cannot_go_back_says_why_and_stays(on_hub: Run, sample_hub: Config) -> None:
    for spool in ("import", "out"):
        folder = sample_hub.spool_in.with_name(spool)
        Spool(folder).quarantine(item(mail(spool), TO), "a fault")
    (sample_hub.spool_quarantine / "out-torn.mail").write_bytes(b"torn")
    told = on_hub("quarantine", "retry", "import-")
    assert told.exit_code == 66
    assert "Import the archive again" in told.stderr
    told = on_hub("quarantine", "retry", "out-torn")
    assert "cannot be put back: out-torn.mail: not a spool file" in told.stderr
    told = on_hub("quarantine", "retry", "--all")
    assert told.exit_code == 65
    assert "waits in spool/out again" in told.output
    assert "1 stayed. Mend what is said above" in told.stderr
    assert "1 stayed that came from an import. Import the archive again" in told.stderr
    left = [row["id"] for row in json.loads(on_hub("quarantine", "list", "--json").output)]
    assert sorted(one.partition("-")[0] for one in left) == ["import", "out"]
    assert on_hub("quarantine", "show", "out-torn").exit_code == 66
    assert on_hub("quarantine", "show", "out-torn", "--raw").stdout_bytes == b"torn"


def test_the_reason_of_what_is_damaged_is_masked_too(on_hub: Run, sample_hub: Config) -> None:
    name = _set_aside(sample_hub)
    (sample_hub.spool_quarantine / f"{name}.mail").write_bytes(b"torn")
    assert "no such <b…@u…>" in on_hub("quarantine", "show", name).output
    assert "bo@union.example" in on_hub("quarantine", "show", name, "--addresses").output


def test_what_went_just_now_is_said_and_stops_no_other(
    on_hub: Run, sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another command put it back, or dropped it, after this one had listed it."""
    name = _set_aside(sample_hub)
    Spool(sample_hub.spool_in).quarantine(item(mail("other"), TO), "a fault")
    found = quarantine.aside(sample_hub.spool_quarantine)
    one = next(each for each in found if each.id == name)
    monkeypatch.setattr(quarantine, "aside", lambda folder: found)
    quarantine.drop(one)
    for words in (("retry", name), ("show", name), ("show", name, "--raw")):
        told = on_hub("quarantine", *words)
        assert told.exit_code == 66
        assert f"{name} is not set aside any more" in told.stderr
    told = on_hub("quarantine", "retry", "--all")
    assert told.exit_code == 0
    assert f"{name} is not set aside any more" in told.stderr
    assert "waits in spool/in again" in told.output


def test_a_reason_that_goes_while_it_is_listed_is_none(
    on_hub: Run, sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, exists = _set_aside(sample_hub), Path.exists

    def gone(self: Path, **how: bool) -> bool:
        there = exists(self, **how)
        if self.name.endswith(REASON):
            self.unlink()
        return there

    monkeypatch.setattr(Path, "exists", gone)
    listed = on_hub("quarantine", "list")
    assert (listed.exit_code, name in listed.output) == (0, True)


def test_drop_asks(on_hub: Run, sample_hub: Config) -> None:
    name = _set_aside(sample_hub)
    assert on_hub("quarantine", "drop", name, text="n\n").exit_code == 1
    assert name in on_hub("quarantine", "list").output
    assert on_hub("quarantine", "drop", name, "--yes").output == f"{name} is gone\n"
    assert list(sample_hub.spool_quarantine.iterdir()) == []


def test_wrong_words(on_hub: Run, sample_hub: Config) -> None:
    assert on_hub("quarantine", "retry").exit_code == 64
    assert on_hub("quarantine", "drop", "x", "--all").exit_code == 64
    told = on_hub("quarantine", "show", "nothing")
    assert told.exit_code == 64
    assert "has an ID that begins with nothing" in told.stderr
    _set_aside(sample_hub)
    Spool(sample_hub.spool_in).quarantine(item(mail("other"), TO), "a fault")
    assert "2 that are set aside have" in on_hub("quarantine", "show", "in-").stderr
