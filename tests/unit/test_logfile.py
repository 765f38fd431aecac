from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, logfile, maillog
from solicomm_build.foundation.logfile import Keeping, Line

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.glob("mail*.log"))


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "state" / "mail.log"
    with clock.fixed(START):
        maillog.to_file(path).event("kept", id="7.0", reason='a "quoted" word\n', none=None, of="")
    (line,) = logfile.lines(path)
    facts = {"id": "7.0", "reason": 'a "quoted" word\n', "none": "-", "of": ""}
    assert line == Line(START, "kept", facts)
    assert (line.get("none"), line.get("missing"), line.get("id")) == ("", "", "7.0")


def test_a_full_file_is_set_aside_and_all_writers_go_on_in_the_next(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    keeping = Keeping(file_bytes=300)
    writers = [maillog.to_file(path, keeping=keeping) for _ in range(2)]
    for number in range(40):
        with clock.fixed(START + timedelta(minutes=number)):
            writers[number % 2].event("kept", id=number)
    assert len(_names(path)) > 3
    assert [line.get("id") for line in logfile.lines(path)] == [str(one) for one in range(40)]
    assert all(file.stat().st_size < 400 for file in tmp_path.glob("mail*.log"))
    assert logfile.counts(path) == {"kept": 40}


def test_an_old_file_is_set_aside_and_forgotten_in_time(tmp_path: Path) -> None:
    path, keeping = tmp_path / "mail.log", Keeping(file_days=7, keep_days=30)
    log = maillog.to_file(path, keeping=keeping)
    for day in range(0, 100, 5):
        with clock.fixed(START + timedelta(days=day)):
            log.event("kept", id=day)
    kept = [int(line.get("id")) for line in logfile.lines(path)]
    assert kept[-1] == 95
    assert 45 <= kept[0] <= 65
    assert logfile.counts(path)["kept"] == 20  # counters know of those that are gone


def test_a_file_begun_by_an_earlier_process_grows_old_too(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    with clock.fixed(START):
        maillog.to_file(path).event("kept")
    with clock.fixed(START + timedelta(days=8)):
        maillog.to_file(path).event("kept")
    assert len(_names(path)) == 2


def test_the_oldest_go_when_it_is_too_much(tmp_path: Path) -> None:
    path, keeping = tmp_path / "mail.log", Keeping(file_bytes=200, keep_bytes=1000)
    log = maillog.to_file(path, keeping=keeping)
    for number in range(100):
        with clock.fixed(START + timedelta(seconds=number)):
            log.event("kept", id=number)
    assert logfile.size(path) < 1500
    assert [line.get("id") for line in logfile.lines(path)][-1] == "99"


def test_a_deleted_file_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    log = maillog.to_file(path)
    log.event("kept", id=1)
    path.unlink()
    log.event("kept", id=2)
    assert [line.get("id") for line in logfile.lines(path)] == ["2"]


def test_what_is_no_line_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_text(
        '2026-11-24T14:53\nkept id=1\n2026-11-24T12:00+00:00 kept id="cut\n2026-11-24T12:00:00+00:00 kept id=3\n'  # noqa: E501
    )
    assert [line.event for line in logfile.lines(path)] == ["kept"]
    assert list(logfile.lines(path, containing=("no such word",))) == []
    assert list(logfile.lines(tmp_path / "nowhere" / "mail.log")) == []
    assert logfile.counts(tmp_path / "nowhere" / "mail.log") == {}
    assert logfile.size(tmp_path / "nowhere" / "mail.log") == 0
