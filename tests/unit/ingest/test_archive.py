from __future__ import annotations

import bz2
import gzip
import lzma
import mailbox as stdlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from solicomm_build.foundation.errors import HubError
from solicomm_build.ingest import archive

DATE = b"Thu Jan  1 00:00:00 1970"
CORPUS = Path(__file__).parents[4] / "shared/corpora/linux-man-2000.mbox.xz"


def _read(path: Path, **limits: int) -> list[bytes]:
    found = list(archive.read(path, **limits))
    assert [item.fault for item in found] == [""] * len(found)
    assert [item.octets_read for item in found] == sorted(item.octets_read for item in found)
    return [item.raw for item in found]


def _mbox(tmp_path: Path, octets: bytes) -> Path:
    path = tmp_path / "a.mbox"
    path.write_bytes(octets)
    return path


def _rd(messages: list[bytes]) -> bytes:
    """The messages as an mboxrd."""
    parts = []
    for raw in messages:
        lines = raw.split(b"\n")
        quoted = [b">" + x if x.lstrip(b">").startswith(b"From ") else x for x in lines]
        parts.append(b"From x@y " + DATE + b"\n" + b"\n".join(quoted) + b"\n")
    return b"".join(parts)


PLAIN = [
    b"Subject: 1\n\nFrom here on\n>From there\n>>From afar\n",
    b"Subject: 2\n\n",
    b"Subject: 3\n\nno more than one line end\n\n\n",
]


def test_mboxrd_comes_back_octet_for_octet(tmp_path: Path) -> None:
    assert _read(_mbox(tmp_path, _rd(PLAIN))) == PLAIN


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, lzma.compress, bz2.compress, zstandard.ZstdCompressor().compress],
    ids=["gz", "xz", "bz2", "zst"],
)
def test_compressed_files_are_known_by_their_octets(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    assert _read(_mbox(tmp_path, pack(_rd(PLAIN)))) == PLAIN


def test_messages_across_chunk_borders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(7)
    many = [
        b"Subject: %d\n\n" % n + b"From me\nline\n" * noise.randrange(900) + b"end\n"
        for n in range(60)
    ]
    path = _mbox(tmp_path, _rd(many))
    for chunk in (4097, 10_000, 1 << 20):
        monkeypatch.setattr(archive, "_CHUNK", chunk)
        assert _read(path) == many


def test_unescaped_from_lines_stay_in_their_message(tmp_path: Path) -> None:
    body = (
        b"From the beginning we said no\n"
        b"From "
        + b"a"
        * 40
        + b" Mon Sep 17 00:00:00 2001\nFrom: Ana <a@b.example>\nSubject: patch\n"
        b"From ana 12:30 2026\nnot a field\n"
    )
    octets = (
        b"From x "
        + DATE
        + b"\nSubject: 1\n\n"
        + body
        + b"\nFrom y "
        + DATE
        + b"\nSubject: 2\n\nx\n"
    )
    assert _read(_mbox(tmp_path, octets)) == [b"Subject: 1\n\n" + body, b"Subject: 2\n\nx\n"]


def test_a_series_of_patches_is_an_mbox_too(tmp_path: Path) -> None:
    start = b"From " + b"a" * 40 + b" Mon Sep 17 00:00:00 2001\n"
    octets = (start + b"From: Ana <a@b.example>\nSubject: x\n\ny\n\n") * 3
    assert _read(_mbox(tmp_path, octets)) == [b"From: Ana <a@b.example>\nSubject: x\n\ny\n"] * 3


@pytest.mark.parametrize(
    "date",
    [
        b"Tue, 11 Mar 2003 12:36:52 +0100",
        b"3 Mar 2003 12:36",
        b" Tue Mar 11 2003 12:36:52 GMT+0100 (CET)",
        b"2003-03-11T12:36:52Z",
        b"2003-03-11 12:36:52.5",
    ],
)
def test_dates_of_other_kinds_begin_a_message_too(tmp_path: Path, date: bytes) -> None:
    """Behind a message with the usual one, all that had another were taken for a part of it."""
    other = b"From ana@union.example " + date + b"\nSubject: 2\n\nx\n\n"
    wanted = [b"Subject: 1\n\n", b"Subject: 2\n\nx\n", b"Subject: 3\n\n"]
    assert _read(_mbox(tmp_path, _rd(wanted[:1]) + other + _rd(wanted[2:]))) == wanted
    said = b"Subject: 1\n\nFrom 3 March 2003 on, at 12:36\nFrom Rome 2003-03 on\nwe: two\n"
    assert _read(_mbox(tmp_path, other + _rd([said]).replace(b">From", b"From")))[1:] == [said]


def test_a_separator_without_the_empty_line(tmp_path: Path) -> None:
    octets = b"From x " + DATE + b"\nSubject: 1\n\nx\nFrom y " + DATE + b"\nSubject: 2\n\ny\n"
    assert _read(_mbox(tmp_path, octets)) == [b"Subject: 1\n\nx\n", b"Subject: 2\n\ny\n"]


def test_crlf_mbox(tmp_path: Path) -> None:
    octets = _rd(PLAIN[:2]).replace(b"\n", b"\r\n")
    assert _read(_mbox(tmp_path, octets)) == [raw.replace(b"\n", b"\r\n") for raw in PLAIN[:2]]


def test_mboxcl2_unquoted_from_lines_within_content_length(tmp_path: Path) -> None:
    body = b"see\n\nFrom x " + DATE + b"\nSubject: forged\n\n>From stays\n"
    one = b"Subject: 1\nContent-Length: %d\n\n" % len(body) + body
    octets = b"From x " + DATE + b"\n" + one + b"\nFrom y " + DATE + b"\nSubject: 2\n\n>From x\n"
    assert _read(_mbox(tmp_path, octets)) == [one, b"Subject: 2\n\n>From x\n"]


def test_messages_behind_an_unquoted_from_line_stay_messages_of_their_own(tmp_path: Path) -> None:
    body = b"see\n\nFrom x " + DATE + b"\nSubject: forged\n\n" + b"x\n" * 5_000
    one = b"Subject: 1\nContent-Length: %d\n\n" % len(body) + body
    octets = b"From x " + DATE + b"\n" + one
    octets += b"".join(b"\nFrom y " + DATE + b"\nSubject: %d\n\ny\n" % n for n in (2, 3))
    assert _read(_mbox(tmp_path, octets)) == [one, b"Subject: 2\n\ny\n", b"Subject: 3\n\ny\n"]


def test_mboxcl_is_unquoted(tmp_path: Path) -> None:
    body = b"see\n\n>From me\n"
    one = b"Subject: 1\nContent-Length: %d\n\n" % len(body) + body
    octets = b"From x " + DATE + b"\n" + one + b"\nFrom y " + DATE + b"\nSubject: 2\n\nx\n"
    assert _read(_mbox(tmp_path, octets))[0] == one.replace(b">From", b"From")


def test_a_wrong_content_length_is_not_believed(tmp_path: Path) -> None:
    one = b"Subject: 1\nContent-Length: 60\n\nshort\n"
    octets = (
        b"From x " + DATE + b"\n" + one + b"\nFrom y " + DATE + b"\nSubject: 2\n\n" + b"x\n" * 99
    )
    assert _read(_mbox(tmp_path, octets))[0] == one


def test_what_is_too_long_is_reported_and_the_next_is_read(tmp_path: Path) -> None:
    many = [
        b"Subject: 1\n\nx\n",
        b"Subject: 2\n\n" + b"y" * 3_000_000 + b"\n",
        b"Subject: 3\n\nz\n",
    ]
    found = list(archive.read(_mbox(tmp_path, _rd(many)), longest=1_500_000))
    assert [item.raw for item in found] == [many[0], b"", many[2]]
    assert "larger than" in found[1].fault


def test_a_damaged_archive_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    packed = gzip.compress(_rd([b"Subject: %d\n\nx\n" % n for n in range(9)]))
    found = list(archive.read(_mbox(tmp_path, packed[:-20])))
    assert "cannot be read" in found[-1].fault


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "zst with a sum": zstandard.ZstdCompressor(write_checksum=True).compress,
}


def _noisy(numbers: range) -> list[bytes]:
    noise = random.Random(7)
    return [b"Subject: %d\n\n%s\n" % (n, noise.randbytes(3000).hex().encode()) for n in numbers]


@pytest.mark.parametrize("pack", PACKS)
def test_several_streams_in_a_file_are_read_as_one(tmp_path: Path, pack: str) -> None:
    first, second = _noisy(range(90)), _noisy(range(90, 100))
    packed = PACKS[pack](_rd(first)) + PACKS[pack](_rd(second))
    assert _read(_mbox(tmp_path, packed)) == first + second


@pytest.mark.parametrize("cut", [1, 3, 2000])
@pytest.mark.parametrize("pack", PACKS)
def test_an_archive_that_is_cut_off_says_so(tmp_path: Path, pack: str, cut: int) -> None:
    packed = PACKS[pack](_rd(_noisy(range(90))))
    found = list(archive.read(_mbox(tmp_path, packed[:-cut])))
    assert "cannot be read" in found[-1].fault


@pytest.mark.parametrize("pack", PACKS)
def test_what_is_no_stream_behind_one_is_said(tmp_path: Path, pack: str) -> None:
    whole = _noisy(range(60))
    first, second = PACKS[pack](_rd(whole)), PACKS[pack](_rd(_noisy(range(9))))
    for damaged in (second[:3], b"\xff\xff" + second[2:], _rd(PLAIN)):
        found = list(archive.read(_mbox(tmp_path, first + damaged)))
        assert [one.raw for one in found[:20]] == whole[:20]
        assert "cannot be read" in found[-1].fault


def test_no_mbox_at_all(tmp_path: Path) -> None:
    assert "not an mbox" in next(archive.read(_mbox(tmp_path, b"PK\x03\x04 zip"))).fault
    assert _read(_mbox(tmp_path, b"")) == []
    assert _read(_mbox(tmp_path, b"\n\n")) == []
    with pytest.raises(HubError, match="no such file"):
        list(archive.read(tmp_path / "none"))
    with pytest.raises(HubError, match="not a Maildir"):
        list(archive.read(tmp_path))


def test_a_line_of_many_dates_takes_no_time(tmp_path: Path) -> None:
    octets = b"From x " + DATE + b"\nSubject: 1\n\n" + (b"\nFrom " + b"1:11 " * 180) * 2000
    assert len(_read(_mbox(tmp_path, octets))) == 1


def test_maildir(tmp_path: Path) -> None:
    box = stdlib.Maildir(tmp_path / "box")
    for raw in PLAIN:
        box.add(raw)
    (tmp_path / "box/cur/.hidden").write_bytes(b"x")
    found = _read(tmp_path / "box")
    assert sorted(found) == sorted(PLAIN)
    assert archive.size(tmp_path / "box") == sum(map(len, PLAIN))
    long = list(archive.read(tmp_path / "box", longest=20))
    assert sum("larger" in item.fault for item in long) == 2


def test_a_maildir_that_a_mail_program_has_open(tmp_path: Path) -> None:
    """What is read, or deleted, meanwhile has another name, or none."""
    box = tmp_path / "box"
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True)
    for number, raw in enumerate(PLAIN, 1):
        (box / "new" / f"{number}.x").write_bytes(raw)
    found = archive.read(box)
    assert next(found).raw == PLAIN[0]
    (box / "new" / "2.x").rename(box / "cur" / "2.x:2,S")
    (box / "new" / "3.x").unlink()
    second, third = found
    assert (second.raw, second.fault) == (PLAIN[1], "")
    assert (third.where, third.fault) == ("box/new/3.x", "it went while the Maildir was read")


@pytest.mark.parametrize("first", [b"", b"X-Account-Key: account2\nX-UIDL: 7\n"])
def test_what_somebody_deleted_in_thunderbird_is_known(tmp_path: Path, first: bytes) -> None:
    """The folder keeps it until it is compacted."""
    raws = [
        first + b"X-Mozilla-Status: " + status + b"\nX-Mozilla-Status2: 00000000\n" + raw
        for status, raw in zip((b"0001", b"0009", b"1008"), PLAIN, strict=True)
    ]
    raws.append(PLAIN[0].replace(b"\n\n", b"\nX-Mozilla-Status: 0009\n\n", 1))  # came so by mail
    file = _mbox(tmp_path, b"".join(b"From - " + DATE + b"\n" + raw + b"\n" for raw in raws))
    assert [one.deleted for one in archive.read(file)] == [False, True, True, False]


def test_what_has_the_flag_of_the_bin_in_a_maildir_is_known(tmp_path: Path) -> None:
    box = tmp_path / "box"
    for part in ("cur", "new"):
        (box / part).mkdir(parents=True)
    for name in ("1.Trade.union", "2.x:2,S", "3.x:2,ST", "4.x,S=10:2,T"):
        (box / "cur" / name).write_bytes(PLAIN[0])
    assert [one.deleted for one in archive.read(box)] == [False, False, True, True]


def test_messages_that_a_mail_server_keeps_compressed(tmp_path: Path) -> None:
    """Dovecot does so where it is told to (`zlib`), each file by itself."""
    cur = tmp_path / "box" / "cur"
    cur.mkdir(parents=True)
    for number, (pack, raw) in enumerate(zip(list(PACKS)[:3], PLAIN, strict=True)):
        (cur / f"{number}.x,S=9:2,SZ").write_bytes(PACKS[pack](raw))
    assert _read(tmp_path / "box") == PLAIN
    (cur / "0.x,S=9:2,SZ").write_bytes(gzip.compress(PLAIN[0])[:-9])
    (cur / "1.x,S=9:2,SZ").write_bytes(b"Dovecot-LZ4\r*\x9b\xc5")
    (cur / "2.x,S=9:2,SZ").write_bytes(b"CRYPTED\x03\x07\x02")
    found = list(archive.read(tmp_path / "box"))
    assert [one.raw for one in found] == [b""] * 3
    assert all(word in one.fault for word, one in zip(("end", "LZ4", "encr"), found, strict=True))


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real mail of ../shared/corpora is not here")
def test_real_mail_is_split_as_line_by_line() -> None:
    with lzma.open(CORPUS) as file:
        octets = file.read()
    expected = [
        part.replace(b"\n>From ", b"\nFrom ")[:-1]
        for part in octets.split(b"From mboxrd@z " + DATE + b"\n")
    ][1:]
    found = _read(CORPUS)
    assert len(found) == len(expected) == 2000
    assert sum(a != b for a, b in zip(found, expected, strict=True)) <= 5  # those with `>>From `
