"""Letters that come back with a stick: their authors are asked, each comes once, and what a
stranger put there does no harm.

outbox/ ─stick read→ spool/in ─→ question ─yes→ post
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.pocket.letters import outbox, taking
from solicomm_build.features.pocket.letters.outbox import Budget
from solicomm_build.features.pocket.letters.remembered import Remembered
from solicomm_build.features.pocket.letters.taking import Report
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest import holding
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

ANA, HOST = "ana@union.example", "host@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    smallhub.add_conference(made.config, Conference("open", {"en": "Open"}, posting="open"))
    made.member(1, ANA, "water")
    made.member(2, HOST, "water", role="host")
    return made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "stick" / "outbox").mkdir(parents=True)
    return tmp_path / "stick"


def letter(
    name: str = "1", *fields: str, to: str = "open@hub.example", sender: str = ANA, text: str = "Hi"
) -> bytes:
    head = [f"From: Ana <{sender}>", f"To: <{to}>", f"Message-ID: <{name}@hub.example>", *fields]
    return "\r\n".join([*head, "Subject: Wages", "", text, ""]).encode()


def put(stick: Path, name: str, octets: bytes) -> Path:
    path = stick / "outbox" / name
    path.write_bytes(octets)
    return path


def zipped(**letters: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, octets in letters.items():
            archive.writestr(f"{name}.eml", octets)
    return whole.getvalue()


def read(hub: DeskHub, *places: Path) -> Report:
    hub.now += timedelta(seconds=1)
    with clock.fixed(hub.now):
        return taking.read(hub.config, places)


def work(hub: DeskHub) -> list[Message]:
    """Lets ingest and desk work; what they wrote."""
    letters: list[Message] = []
    for _ in range(3):
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
        letters += [parse(one.raw) for one in hub.work()]
    return letters


def answer(hub: DeskHub, asked: Message, text: str) -> list[Message]:
    local = asked.reply_to[0].addr_spec.partition("@")[0]
    hub.send(local, text, sender=asked.to[0].addr_spec, proven=False)
    return [parse(one.raw) for one in hub.work()] + work(hub)


def posts(hub: DeskHub, conference: str = "open") -> int:
    names = smallhub.files(hub.config.conference_repo(conference), "topics")
    return sum(name.endswith(".md") for name in names)


def waiting(hub: DeskHub) -> int:
    return len(Spool(hub.config.spool_in).pending())


def test_an_author_is_asked_even_where_everybody_may_write(hub: DeskHub, stick: Path) -> None:
    put(stick, "a.eml", letter())
    assert read(hub, stick).taken == ["a.eml"]
    assert (stick / "outbox" / "read" / "a.eml").read_bytes() == letter()
    (asked,) = work(hub)
    assert (asked.to[0].addr_spec, "/confirm/" in asked.text) == (ANA, True)
    assert (posts(hub), [one.rule for one in holding.list_held(hub.config)]) == (0, ["unproven"])
    assert answer(hub, asked, "yes") == []
    assert (posts(hub), holding.list_held(hub.config)) == (1, [])


def test_what_a_killed_run_handed_over_is_not_handed_over_again(
    hub: DeskHub, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    put(stick, "a.eml", letter())
    with monkeypatch.context() as patch:
        patch.setattr(Remembered, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            read(hub, stick)
    assert waiting(hub) == 1
    assert read(hub, stick).known == ["a.eml"]
    assert (waiting(hub), len(work(hub))) == (1, 1)


def test_nothing_that_stands_in_a_letter_proves_who_wrote_it(hub: DeskHub, stick: Path) -> None:
    """As a mail of that kind would: the desk's hub believes this server."""
    said = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example"
    put(stick, "a.eml", letter("1", said, sender=HOST, to="water@hub.example"))
    put(stick, "b.eml", letter("2", f"{said}; dkim=pass header.d=union.example", sender=HOST))
    fails = f"Authentication-Results: {AUTHSERV}; dmarc=fail (p=reject)"
    put(stick, "c.eml", letter("3", fails, sender=HOST, text="An order\r\n\r\nclose"))
    assert len(read(hub, stick).taken) == 3
    asked = work(hub)
    assert [one.to[0].addr_spec for one in asked] == [HOST] * 3
    assert all("/confirm/" in one.text for one in asked)
    assert (posts(hub), posts(hub, "water")) == (0, 0)


@pytest.mark.parametrize("said", ["yes", "no"])
def test_each_letter_comes_once_whatever_stick_it_is_on(
    hub: DeskHub, stick: Path, tmp_path: Path, said: str
) -> None:
    put(stick, "a.eml", letter())
    put(stick, "b.zip", zipped(a=letter(), c=letter("2")))
    report = read(hub, stick)
    assert (report.taken, report.known) == (["a.eml", "b.zip/c.eml"], ["b.zip/a.eml"])
    asked = work(hub)
    for one in asked:
        answer(hub, one, said)
    other = tmp_path / "other"
    (other / "outbox").mkdir(parents=True)
    put(other, "z.zip", zipped(c=letter("2"), a=letter()))
    assert sorted(read(hub, other).known) == ["z.zip/a.eml", "z.zip/c.eml"]
    (hub.config.state / "pocket" / "letters.sqlite").unlink()
    put(other, "z.zip", zipped(c=letter("2"), a=letter()))
    assert len(read(hub, other).known) == 2
    assert work(hub) == []
    assert posts(hub) == (2 if said == "yes" else 0)


def test_a_letter_that_was_written_by_hand_comes(hub: DeskHub, tmp_path: Path) -> None:
    path = tmp_path / "by hand.eml"
    path.write_bytes(
        b"\xef\xbb\xbf"
        + "From: Ana <ana@union.example>\nTo: open@hub.example\nSubject: Ñ\n"
        "Content-Type: text/plain; charset=utf-8\n\nUno\n".encode()
    )
    assert read(hub, path).taken == ["by hand.eml"]
    assert path.exists()
    (asked,) = work(hub)
    answer(hub, asked, "yes")
    assert posts(hub) == 1
    assert read(hub, path).known == ["by hand.eml"]


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (letter(to="water-join@hub.example"), "no conference here"),
        (letter(to="solicomm@hub.example"), "no conference here"),
        (letter(to="water+confirm+abc@hub.example"), "no conference here"),
        (letter(to="ana@elsewhere.example"), "stays for the hub"),
        (letter(sender="water@hub.example"), "this hub itself writes"),
        (letter(sender="nobody"), "does not name one author"),
        (b"", "From does not name"),
        (b"\0\xff" * 500, "From does not name"),
    ],
)
def test_what_is_no_letter_to_a_conference_is_refused_by_name(
    hub: DeskHub, stick: Path, octets: bytes, why: str
) -> None:
    path = put(stick, "x.eml", octets)
    report = read(hub, stick)
    assert why in report.refused["x.eml"]
    assert (report.taken, waiting(hub), path.exists()) == ([], 0, True)


def _link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _swells(path: Path) -> None:
    path.write_bytes(zipped(a=b"\0" * (30 << 20)))


def _lies(path: Path) -> None:
    """Its list says that a letter is small."""
    octets = bytearray(zipped(a=letter() + b"x" * 100_000))
    at = octets.index(b"PK\x01\x02") + 24
    octets[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(octets)


def _broken(path: Path) -> None:
    path.write_bytes(zipped(a=letter())[:-30])


def _otherwise(path: Path) -> None:
    """LZMA has a zip ask for gigabytes of memory."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.eml", b"From: ana@union.example\r\n\r\nHi\r\n")


def _locked(path: Path) -> None:
    octets = bytearray(zipped(a=letter()))
    octets[octets.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(octets)


def _other_things(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../etc/cron.d/x", b"* * * * * root x")


@pytest.mark.parametrize(
    ("name", "make", "why"),
    [
        ("a.eml", _link, "is a link"),
        ("a.eml", _pipe, "no plain file"),
        ("a.zip", _swells, "larger than 25 MB"),
        ("a.zip", _lies, "not as large as the zip says|damaged"),
        ("a.zip", _broken, "damaged"),
        ("a.zip", _locked, "locked with a password"),
        ("a.zip", _otherwise, "few programs read"),
        ("a.zip", _other_things, "does not end in .eml"),
    ],
)
def test_what_a_hostile_stick_holds_is_named_and_harms_nothing(
    hub: DeskHub, stick: Path, name: str, make: Callable[[Path], None], why: str
) -> None:
    make(stick / "outbox" / name)
    report = read(hub, stick)
    (fault,) = report.refused.values()
    assert any(one in fault for one in why.split("|")), fault
    assert (report.taken, waiting(hub)) == ([], 0)


def test_a_letter_by_another_name_is_left_and_named(hub: DeskHub, stick: Path) -> None:
    put(stick, "a.eml.txt", letter())
    put(stick, ".DS_Store", b"\0")
    (stick / "outbox" / "read").mkdir()
    (stick / "outbox" / "mine").mkdir()
    refused = read(hub, stick).refused
    assert list(refused) == ["a.eml.txt", "mine"]
    assert "neither .eml nor .zip" in refused["a.eml.txt"]
    assert "folder" in refused["mine"]
    (stick / "outbox" / "a.eml.txt").rename(stick / "outbox" / "a.eml")
    assert read(hub, stick).taken == ["a.eml"]


def test_an_outbox_that_leads_elsewhere_is_not_followed(hub: DeskHub, tmp_path: Path) -> None:
    place = tmp_path / "hostile"
    place.mkdir()
    (place / "outbox").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="no folder outbox"):
        read(hub, place)


def test_what_was_read_is_not_moved_through_a_link(hub: DeskHub, stick: Path) -> None:
    (stick / "outbox" / "read").symlink_to(stick.parent)
    path = put(stick, "a.eml", letter())
    report = read(hub, stick)
    assert (report.taken, report.stays, path.exists()) == (["a.eml"], ["a.eml"], True)
    assert read(hub, stick).known == ["a.eml"]


def test_more_than_is_read_at_once_waits_for_the_next_time(hub: DeskHub, stick: Path) -> None:
    put(stick, "a.zip", zipped(**{str(n): letter(str(n)) for n in range(3)}))
    with clock.fixed(hub.now):
        report = taking.read(hub.config, (stick,), Budget(letters=2))
    assert len(report.taken) == 2
    assert "run the same again" in report.refused["a.zip/2.eml"]
    assert len(read(hub, stick).taken) == 1


def test_the_command_names_each_letter_and_ends_with_1_for_a_refused_one(
    tmp_path: Path, stick: Path
) -> None:
    root = tmp_path / "made"
    run = CliRunner()
    assert run.invoke(main, ["init", str(root), "--domain", "hub.example"]).exit_code == 0
    smallhub.add_conference(
        replace(hubyaml.load(root)), Conference("open", {"en": "Open"}, posting="open")
    )
    put(stick, "good.eml", letter())
    put(stick, "other.eml", letter(to="water@elsewhere.example"))
    ran = run.invoke(main, ["stick", "read", str(stick), "--hub", str(root)])
    assert ran.exit_code == 1, ran.output
    assert "good.eml: its author is asked" in ran.output
    assert "other.eml: not taken: it is for water@elsewhere.example" in ran.output
    assert [path.name for path in (stick / "outbox").glob("*.eml")] == ["other.eml"]
    assert "outbox/read holds 1 letter with names and addresses: delete it before" in ran.output


def test_letters_that_were_read_are_not_handed_on_unnoticed(tmp_path: Path, stick: Path) -> None:
    assert outbox.reminder(stick) == outbox.reminder(tmp_path / "none") == ""
    (stick / "outbox" / "read").mkdir()
    put(stick, "read/a.eml", letter())
    put(stick, "read/b.eml", letter())
    assert "holds 2 letters with names and addresses: delete them" in outbox.reminder(stick)
    put(stick, "read/c.zip", zipped(a=letter()))
    assert "holds 3 files of letters" in outbox.reminder(stick / "outbox")
