from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog

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
    key = tmp_path / "private" / "keys" / "maillog.key"
    first, second = maillog.to_file(path, key=key), maillog.to_file(path, key=key)
    first.event("kept", address="ana@x")
    second.event("kept", address="ana@x")
    one, two = path.read_text().splitlines()
    assert one.split()[-1] == two.split()[-1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["mail.log"]
    assert (len(key.read_bytes()), key.stat().st_mode & 0o777) == (32, 0o600)


def test_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    maillog.to_stderr(debug=True).event("kept", address="añá@x")
    assert capfd.readouterr().err.endswith(' kept address="a\\u00f1\\u00e1@x"\n')


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 <ana@union.example>: Recipient address rejected",
        'ValueError("no such: ana@union.example")',
        'from "ana @ home"@union.example, mailto:ana@union.example',
        "[Errno 13] Permission denied: '/srv/hub/private/mailboxes/union.example/ana.git'",
        "water-bounces+ana=union.example@hub.example",
        "ana@union.example,bo@union.example;ana@[192.0.2.1]",
    ],
)
def test_no_address_hides_in_a_sentence(text: str) -> None:
    log, lines = lines_of()
    log.event("undelivered", reply=text)
    assert "union.example" not in lines[0]
    assert "ana" not in lines[0]


def test_an_address_in_a_sentence_is_named_as_elsewhere() -> None:
    log, lines = lines_of()
    log.event("undelivered", reply="550 <Ana@Union.example> is unknown")
    assert f"<{log.who('ana@union.example')}>" in lines[0]


def test_traces_name_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        maillog.quiet_traces(maillog.to_nobody())
        try:
            raise ValueError("ana@union.example")
        except ValueError:
            logging.getLogger("solicomm.test").exception("bo@union.example was set aside")
    finally:
        root.handlers[:] = before
    told = capfd.readouterr().err
    assert "Traceback" in told
    assert "union.example" not in told


def test_numbers_of_members() -> None:
    assert maillog.spans([3, 1, 2, 7, 9, 10]) == "1-3,7,9-10"
    assert maillog.numbers("1-3,7,9-10") == [1, 2, 3, 7, 9, 10]
    assert maillog.numbers(maillog.spans([])) == []
