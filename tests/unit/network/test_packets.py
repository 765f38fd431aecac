"""What travels on a stick: nothing private, nothing damaged, and only what is lacking."""

from __future__ import annotations

import hashlib
import io
import random
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import messageids, zipped
from solicomm_build.features.network.sealed import parcels
from solicomm_build.features.network.trust import sealing, signed
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Network:
    made = Network(tmp_path_factory.mktemp("net"))
    made.write("a", *(hubs.post(f"p{n}", body=f"{n} words\n" * 40) for n in range(30)))
    made.carry("a", "b")
    return made


def test_a_changed_octet_is_noticed_and_nothing_is_taken(net: Network, tmp_path: Path) -> None:
    net.write("a", hubs.post("late"))
    blob = net.stick("a", "b").read_bytes()
    path = tmp_path / "evil.stick"
    path.write_bytes(blob)
    with zipfile.ZipFile(path) as read:
        spans = [(one.header_offset + 150, one.compress_size - 150) for one in read.infolist()]
    before, whole = net.tip("b"), _files(path)
    assert whole
    for start, size in spans:
        for at in range(start, start + size, max(1, size // 6)):
            spoiled = bytearray(blob)
            spoiled[at] ^= 1
            path.write_bytes(spoiled)
            if _files(path) == whole:
                continue  # another way to pack the same octets: nothing was changed
            with pytest.raises(SoliCommError):
                net.read("b", path)
            assert net.tip("b") == before


def _files(path: Path) -> dict[str, bytes]:
    """What a stick unpacks to; nothing when it does not."""
    try:
        with zipfile.ZipFile(path) as read:
            return {name: read.read(name) for name in read.namelist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return {}


@pytest.mark.parametrize("cut", [0, 10, 500, -30])
def test_a_stick_that_was_pulled_out_is_refused(net: Network, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "half.stick"
    path.write_bytes(net.stick("a", "b").read_bytes()[:cut])
    before = net.tip("b")
    with pytest.raises(SoliCommError):
        net.read("b", path)
    assert net.tip("b") == before


def _everywhere(blob: bytes, head: bytes, place: int, flags: int) -> bytes:
    """A zip in whose headers of a kind these flags are set."""
    made, at = bytearray(blob), -1
    while (at := blob.find(head, at + 1)) >= 0:
        made[at + place] |= flags & 0xFF
        made[at + place + 1] |= flags >> 8
    return bytes(made)


def _with_flags(blob: bytes, flags: int) -> bytes:
    return _everywhere(_everywhere(blob, b"PK\x01\x02", 8, flags), b"PK\x03\x04", 6, flags)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda blob: _with_flags(blob, 1), id="locked with a password"),
        pytest.param(lambda blob: _with_flags(blob, 0x20), id="patched"),
        pytest.param(
            lambda blob: _with_flags(blob, 0x800).replace(b"large/a", b"large/\xff"),
            id="a name that is no text",
        ),
        pytest.param(
            lambda blob: b"".join(
                (blob[: (at := blob.rfind(b"PK\x05\x06") + 16)], b"\xff" * 4, blob[at + 4 :])
            ),
            id="a place that cannot be",
        ),
    ],
)
def test_a_zip_that_somebody_made_up_is_refused_for_good(
    net: Network, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """What comes by mail is tried again while the disk is at fault, and not a file that is."""
    path = _made_up(net, tmp_path, "large/a")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ContentError, match="cannot be trusted"):
        net.read("b", path)


@pytest.mark.parametrize(("flags", "name"), [(1, b"notes/a"), (0x800, b"notes/\xff")])
def test_so_is_one_that_is_sealed_within_whoever_sealed_it(
    net: Network, tmp_path: Path, flags: int, name: bytes
) -> None:
    """Anybody can seal something to a hub: its key is on its card."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("notes/a", b"x")
    spoilt = _with_flags(plain.getvalue(), flags).replace(b"notes/a", name)
    (tmp_path / "plain").write_bytes(spoilt)
    sealing.seal_file(tmp_path / "plain", tmp_path / "for.age", net.identity("b").public)
    with (
        pytest.raises(ContentError),
        parcels._opened(net.hubs["b"], net.identity("b"), tmp_path / "for.age"),
    ):
        pass


@pytest.mark.parametrize("name", ["large/..", "large/.", "hubs/..yaml"])
def test_no_file_of_a_packet_has_a_name_that_leads_elsewhere(
    net: Network, tmp_path: Path, name: str
) -> None:
    with pytest.raises(SoliCommError, match="is not understood"):
        net.read("b", _made_up(net, tmp_path, name))


def _made_up(net: Network, folder: Path, name: str) -> Path:
    """A packet with a file of this name, signed as it ought to be."""
    listed: Node = [{"name": name, "bytes": "1", "sha256": hashlib.sha256(b"x").hexdigest()}]
    values: dict[str, Node] = {
        "schema": zipped.SCHEMA,
        "hub": net.id("a"),
        "at": "2026-11-02T08:00:00Z",
        "files": listed,
    }
    path = folder / "made-up.stick"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(zipped.MANIFEST, signed.write(values, net.identity("a")))
        made.writestr(name, b"x")
    return path


def _open_part(stick: Path) -> int:
    """Octets but for the sealed part, which is 4 KiB also when nothing is in it."""
    with zipfile.ZipFile(stick) as read:
        return stick.stat().st_size - read.getinfo("sealed/for.age").compress_size


def test_only_what_is_lacking_is_brought(net: Network) -> None:
    whole = _open_part(net.stick("a", "c"))
    net.carry("b", "a")
    net.write("a", hubs.post("new1"), hubs.post("new2"))
    news = net.stick("a", "b")
    assert _open_part(news) < whole / 2
    net.read("b", news)
    assert net.tree("a") == net.tree("b")


def test_a_stick_is_shorter_than_git_would_write_it_and_all_of_it_lies_here_once(
    net: Network, tmp_path: Path
) -> None:
    """Git compresses each object for itself, which costs twice as much."""
    net.carry("b", "a")
    before = net.tip("a")
    net.write("a", *(hubs.post(f"w{n}", f"p{n % 9}", body=_said(n), minutes=n) for n in range(60)))
    stick, stock = net.stick("a", "b"), tmp_path / "stock.bundle"
    net.repo("a").git("bundle", "create", "-q", str(stock), "main", f"^{before}")
    assert stick.stat().st_size < 0.75 * stock.stat().st_size
    net.read("b", stick)
    assert net.tree("a") == net.tree("b")
    repo = net.repo("b")
    packed = [
        line.split()[0]
        for index in (repo.path / "objects" / "pack").glob("*.idx")
        for line in repo.git("verify-pack", "-v", str(index)).decode().splitlines()
        if " blob " in line
    ]
    assert len(packed) == len(set(packed))


def _said(number: int) -> str:
    chance = random.Random(number)
    letters = "abcdefghijklmnop"
    words = ["".join(chance.choices(letters, k=6)) for _ in range(40)]
    common = random.Random(1)
    words += ["".join(common.choices(letters, k=7)) for _ in range(300)]
    return " ".join(chance.choices(words, k=250)) + "\n"


def test_stock_git_reads_the_bundle_within(net: Network, tmp_path: Path) -> None:
    with zipfile.ZipFile(net.stick("a", "c")) as read:
        read.extractall(tmp_path)
    made = tmp_path / "conferences" / "net.bundle"
    done = subprocess.run(
        ["git", "bundle", "list-heads", str(made)], capture_output=True, check=False
    )
    assert net.id("a").encode() in done.stdout


def test_message_ids_are_for_one_hub_alone(net: Network) -> None:
    mid = hubs.mid("p1")
    blob = messageids.sealed({mid: "p1@union.example"}, net.identity("b").public)  # type: ignore[dict-item]
    assert messageids.opened(blob, net.identity("b")) == {mid: "p1@union.example"}
    with pytest.raises(SoliCommError):
        messageids.opened(blob, net.identity("c"))


def test_a_message_id_proves_itself(net: Network) -> None:
    hub, mid = net.hubs["b"], hubs.mid("p1")
    messageids.keep(hub, {mid: "forged@evil.example"})  # type: ignore[dict-item]
    assert messageids.of(hub, [mid]) == {}  # type: ignore[list-item]
    messageids.keep(hub, {mid: "p1@union.example"})  # type: ignore[dict-item]
    assert messageids.of(hub, [mid]) == {mid: "p1@union.example"}  # type: ignore[list-item]
    messageids.forget(hub, [mid])  # type: ignore[list-item]
    assert messageids.of(hub, [mid]) == {}  # type: ignore[list-item]
