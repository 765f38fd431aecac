from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build import clock, maillog

MOMENT = datetime(2026, 11, 24, 14, 53, 7, 120000, tzinfo=UTC)


def lines_of(*, debug: bool = False) -> tuple[maillog.MailLog, list[str]]:
    lines: list[str] = []
    return maillog.MailLog(lines.append, key=b"k" * 32, debug=debug), lines


def test_an_event_is_one_line() -> None:
    log, lines = lines_of()
    with clock.fixed(MOMENT):
        log.event("kept", id="1.0", octets=43, ok=True, bad=False, none=None, at=MOMENT)
    assert lines == [
        "2026-11-24T14:53:07.120+00:00 kept id=1.0 octets=43 ok=yes bad=no none=- "
        "at=2026-11-24T14:53:07.120000+00:00\n"
    ]


@pytest.mark.parametrize("evil", ["a\nb", "a b", 'a"b', "\u202e", "a\r", "\0", "", "\udcff"])
def test_a_value_cannot_make_a_line_of_its_own(evil: str) -> None:
    log, lines = lines_of()
    log.event("kept", subject=evil)
    assert lines[0].count("\n") == 1
    assert lines[0].isascii()
    assert lines[0].rstrip("\n").isprintable()


def test_addresses_are_hashed_the_same_each_time() -> None:
    log, lines = lines_of()
    for name in ("Ana@Union.example", "ana@union.example", "bo@union.example"):
        log.event("unknown", rcpt_to=name, peer="192.0.2.1", mail_from=None)
    hashes = [line.split("rcpt_to=")[1].split()[0] for line in lines]
    assert hashes[0] == hashes[1] == log.who("ana@union.example") != hashes[2]
    assert "union" not in "".join(lines)
    assert "192.0.2.1" not in "".join(lines)
    assert "mail_from=-" in lines[0]


def test_debug_shows_addresses() -> None:
    log, lines = lines_of(debug=True)
    log.event("unknown", rcpt_to="ana@union.example")
    assert "rcpt_to=ana@union.example" in lines[0]


def test_events_are_counted() -> None:
    log = maillog.to_nobody()
    for event in ("kept", "kept", "refused"):
        log.event(event)
    assert log.counters() == {"kept": 2, "refused": 1}


def test_a_log_that_cannot_be_written_disturbs_nothing() -> None:
    def full(_line: str) -> None:
        raise OSError(28, "No space left on device")

    log = maillog.MailLog(full)
    log.event("kept")
    assert log.counters() == {"kept": 1, "lost-log-lines": 1}


def test_two_logs_on_one_file_share_the_key(tmp_path: Path) -> None:
    path = tmp_path / "state" / "mail.log"
    first, second = maillog.to_file(path), maillog.to_file(path)
    first.event("kept", address="ana@x")
    second.event("kept", address="ana@x")
    one, two = path.read_text().splitlines()
    assert one.split()[-1] == two.split()[-1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["mail.log", "maillog.key"]


def test_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    maillog.to_stderr(debug=True).event("kept", address="añá@x")
    assert capfd.readouterr().err.endswith(' kept address="a\\u00f1\\u00e1@x"\n')
