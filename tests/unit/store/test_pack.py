"""Packs of our own, read by git: what went in comes out, whatever its size."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.foundation.errors import StoreError
from solicomm_build.git import pack as packs
from solicomm_build.git.pack import BLOB, TREE, Pack
from solicomm_build.git.repo import Repo

_SIZES = (0, 1, 15, 16, 127, 128, 129, 2047, 2048, 65_536, 65_537, 3_000_000)


def _octets(size: int) -> bytes:
    return bytes(number * number % 251 for number in range(min(size, 50_000))) * (
        size // 50_000 + 1
    )


def _pack(bare: Repo) -> Pack:
    return Pack(bare.path / "objects" / "pack")


def _sound(bare: Repo) -> list[str]:
    """What git says of the only pack; checks it and its index octet by octet."""
    (index,) = (bare.path / "objects" / "pack").glob("*.idx")
    said = bare.git("verify-pack", "-v", str(index)).decode()
    assert bare.git("fsck", "--strict", "--full", "--no-dangling") == b""
    theirs = bare.path / "theirs.idx"
    pack = str(index.with_suffix(".pack"))
    bare.git("index-pack", "--no-rev-index", "-o", str(theirs), pack)
    assert index.read_bytes() == theirs.read_bytes()
    return said.splitlines()


@pytest.mark.parametrize("size", _SIZES)
def test_what_goes_in_comes_out(bare: Repo, size: int) -> None:
    octets = _octets(size)[:size]
    pack = _pack(bare)
    oid = pack.add(BLOB, octets)
    assert pack.add(BLOB, octets) == oid
    pack.finish()
    assert bare.git("cat-file", "blob", oid.hex()) == octets
    assert bare.git("hash-object", "--stdin", input=octets).decode().strip() == oid.hex()
    _sound(bare)


def test_nothing_is_there_before_the_end(bare: Repo) -> None:
    pack = _pack(bare)
    oid = pack.add(BLOB, b"x")
    assert not list((bare.path / "objects" / "pack").iterdir())
    assert not bare.succeeds("cat-file", "-e", oid.hex())


@given(
    before=st.binary(max_size=300_000),
    after=st.binary(max_size=400),
    spread=st.integers(1, 200_000),
    cut=st.integers(0, 300_000),
)
def test_a_delta_says_what_it_stands_for(
    before: bytes, after: bytes, spread: int, cut: int
) -> None:
    base = before * (spread // (len(before) + 1) + 1)
    cut = min(cut, len(base))
    parts = [packs.copied(0, cut), packs.inserted(after), packs.copied(cut, len(base) - cut)]
    result = base[:cut] + after + base[cut:]
    assert _undone(base, packs.delta_of(len(base), len(result), parts)) == result


def _undone(base: bytes, delta: bytes) -> bytes:
    """A reader of deltas by the letter of gitformat-pack."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            octet = delta[at]
            at += 1
            value |= (octet & 0x7F) << shift
            shift += 7
            if not octet & 0x80:
                return value

    assert number() == len(base)
    size = number()
    made = bytearray()
    while at < len(delta):
        instruction = delta[at]
        at += 1
        if instruction & 0x80:
            values = [0, 0]
            for bit in range(7):
                if instruction & 1 << bit:
                    values[bit > 3] |= delta[at] << 8 * (bit if bit < 4 else bit - 4)
                    at += 1
            start, count = values
            made += base[start : start + (count or 0x10000)]
        else:
            assert instruction
            made += delta[at : at + instruction]
            at += instruction
    assert len(made) == size
    return bytes(made)


def test_a_long_row_of_changes_is_read_by_git_and_never_deeper_than_fifty(bare: Repo) -> None:
    pack = _pack(bare)
    entry = b"100644 %03d\0" + pack.add(BLOB, b"")
    octets, oid = b"", b""
    trees: list[tuple[bytes, bytes]] = []
    for number in range(200):
        delta = packs.delta_of(
            len(octets),
            len(octets) + len(entry) - 1,
            [packs.copied(0, len(octets)), packs.inserted(entry % number)],
        )
        octets += entry % number
        oid = pack.add_changed(TREE, octets, oid, delta)
        trees.append((oid, octets))
    pack.finish()
    for oid, octets in trees:
        assert bare.git("cat-file", "tree", oid.hex()) == octets
    depths = [int(line.split()[5]) for line in _sound(bare) if len(line.split()) == 7]
    assert len(depths) > 150
    assert max(depths) == 50


def test_a_change_to_something_in_another_pack_is_written_whole(bare: Repo) -> None:
    first = _pack(bare)
    old = first.add(TREE, b"")
    first.finish()
    second = _pack(bare)
    octets = b"100644 a\0" + second.add(BLOB, b"") + b"100644 b\0" + second.add(BLOB, b"b")
    delta = packs.delta_of(0, len(octets), [packs.inserted(octets)])
    oid = second.add_changed(TREE, octets, old, delta)
    second.finish()
    assert bare.git("cat-file", "tree", oid.hex()) == octets


def test_more_than_an_index_can_say_is_refused(bare: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "_LARGEST", 100)
    pack = _pack(bare)
    pack.add(BLOB, b"x")
    with pytest.raises(StoreError, match="2 GB"):
        pack.add(BLOB, bytes(range(200)))


def test_a_folder_that_is_away_is_an_error(tmp_path: Path) -> None:
    pack = Pack(tmp_path / "away")
    pack.add(BLOB, b"x")
    with pytest.raises(FileNotFoundError):
        pack.finish()


def test_a_change_of_a_folder_of_a_hundred_megabytes_has_no_end_of_the_stack() -> None:
    """The folder of a roster with a million files took as many calls as it has 64 KB."""
    size = 100_000_000
    made = packs.copied(7, size)
    whole, rest = divmod(size, 0xFFFF)
    assert len(made) == 7 * (whole + bool(rest))
    starts = [int.from_bytes(made[at + 1 : at + 5], "little") for at in range(0, len(made), 7)]
    sizes = [int.from_bytes(made[at + 5 : at + 7], "little") for at in range(0, len(made), 7)]
    assert starts[0] == 7
    assert sum(sizes) == size
    assert starts[1:] == [at + taken for at, taken in zip(starts[:-1], sizes[:-1], strict=True)]
    brought = packs.inserted(b"x" * 1_000_000)
    assert len(brought) == 1_000_000 + -(-1_000_000 // 0x7F)
