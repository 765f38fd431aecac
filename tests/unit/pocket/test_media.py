"""Sticks as people have them: FAT32, exFAT, full, locked, pulled out at any write."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import about, checking, room, sums, writing
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs

CHOICE = Choice(conferences=("formation",))
DRIVERS = {"vfat": ("mkfs.vfat", "fusefat"), "exfat": ("mkfs.exfat", "mount.exfat-fuse")}


def put(hub: Config, folder: Path) -> writing.Done:
    with clock.fixed(hubs.START):
        return writing.write(hub, folder, CHOICE, progress=lambda what, number, of: None)


@pytest.fixture(scope="module")
def hub(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("media") / "hub")
    config = hubyaml.load(root)
    hubs.add(config, "formation", [hubs.post("first")])
    return config


@pytest.fixture(params=["vfat", "exfat"])
def medium(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A stick of 64 MiB with that file system."""
    kind: str = request.param
    make, driver = DRIVERS[kind]
    if not shutil.which(make) or os.geteuid():
        pytest.skip(f"{make} is not installed, or this is not root: only root mounts a stick")
    image, place = tmp_path / "image", tmp_path / "mounted"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run([make, image], check=True, capture_output=True)
    place.mkdir()
    if not _mounted(kind, driver, image, place):
        pytest.skip(f"neither the kernel nor {driver} mounts {kind} here")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def _mounted(kind: str, driver: str, image: Path, place: Path) -> bool:
    """By the kernel, or in userspace."""
    if not _run("mount", "-t", kind, "-o", "loop", image, place):
        return True
    if not shutil.which(driver):
        return False
    if kind == "vfat":
        return not _run(driver, "-o", "rw+", image, place)
    loop = subprocess.run(
        ["losetup", "-f", "--show", image], check=False, capture_output=True, text=True
    )
    device = loop.stdout.strip()
    if loop.returncode:
        return False
    failed = _run(driver, device, place)
    _run("losetup", "-d", device)  # once it is not used any more
    return not failed


def _run(*words: str | Path) -> int:
    return subprocess.run(words, check=False, capture_output=True).returncode


def test_fat_and_exfat_hold_a_stick_that_is_sound(hub: Config, medium: Path) -> None:
    done = put(hub, medium / "hub")
    assert done.written > 50
    assert checking.look(medium / "hub").is_sound
    assert put(hub, medium / "hub").written == 0


def test_a_full_stick_is_said_before_anything_is_written(hub: Config, medium: Path) -> None:
    free = os.statvfs(medium)
    with (medium / "film.mp4").open("wb") as file:
        file.write(b"0" * (free.f_bavail * free.f_frsize - 200_000))
    with pytest.raises(UsageError, match="Take a larger stick"):
        put(hub, medium / "hub")
    assert not [*(medium / "hub").rglob("*.html")]


def test_fat32_takes_no_file_of_four_gigabytes_and_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 {tmp_path}/with\\040space vfat rw 0 0\nnone / tmpfs rw 0 0\n")
    monkeypatch.setattr(room, "_MOUNTS", mounts)
    pages, stick = tmp_path / "pages", tmp_path / "with space"
    pages.mkdir()
    stick.mkdir()
    tree = room.bringing.Tree(pages, "https://hub.example", tmp_path / "x.sqlite")
    large = {"_stick/bundles/conferences/water.bundle": 2**32}
    with pytest.raises(UsageError, match=r"water\.bundle has 4\.3 GB.*exFAT"):
        room.look(stick, tree, large, 0, 0)
    with pytest.raises(
        UsageError, match=r"4,295\.0 MB, more than --size"
    ):  # elsewhere only too much
        room.look(tmp_path, tree, large, 0, 1000)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (errno.ENOSPC, "is full. What was written stays"),
        (errno.EIO, "was pulled out, or is damaged"),
        (errno.EROFS, "cannot be written: it is locked"),
    ],
)
def test_what_a_stick_does_is_said_and_the_next_run_goes_on(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: int, says: str
) -> None:
    replace, left = os.replace, [10]

    def failing(half: str | Path, target: str | Path) -> None:
        left[0] -= str(target).startswith(str(tmp_path))
        if left[0] < 0:
            raise OSError(fault, os.strerror(fault))
        replace(half, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        with pytest.raises(UsageError, match=says):
            put(hub, tmp_path / "stick")
    put(hub, tmp_path / "stick")
    assert checking.look(tmp_path / "stick").is_sound


def _killed(hub: Config, folder: Path, after: int) -> bool:
    """Writes in a child that dies when so many files are in their places; whether it did."""
    pid = os.fork()
    if not pid:
        replace, left = os.replace, [after]

        def dying(half: str | Path, target: str | Path) -> None:
            if str(target).startswith(str(folder)):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), 9)
            replace(half, target)

        os.replace = dying  # type: ignore[assignment]
        try:
            put(hub, folder)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9


def test_a_run_that_is_killed_at_a_write_leaves_what_the_next_one_makes_whole(
    hub: Config, tmp_path: Path
) -> None:
    whole = put(hub, tmp_path / "whole")
    every = [0, 1, 2, whole.files // 2, *range(whole.files - 2, whole.files + 3)]
    deaths = 0
    for after in every:
        folder = tmp_path / f"killed-{after}"
        died = _killed(hub, folder, after)
        deaths += died
        if died and folder.exists():
            assert not checking.look(folder).is_sound, after
        put(hub, folder)
        assert checking.look(folder).is_sound, after
        assert (folder / sums.SUMS).read_bytes() == (tmp_path / "whole" / sums.SUMS).read_bytes()
        shutil.rmtree(folder)
    assert deaths == len(every)


def test_a_clock_of_1980_writes_a_sound_stick(hub: Config, tmp_path: Path) -> None:
    with clock.fixed(datetime(1980, 1, 1, tzinfo=UTC)):
        writing.write(hub, tmp_path / "stick", CHOICE, progress=lambda what, number, of: None)
    assert checking.look(tmp_path / "stick").is_sound


def test_a_clock_that_went_back_makes_no_stick_that_is_older_than_the_one_before(
    hub: Config, tmp_path: Path
) -> None:
    """An update to an older state is refused."""
    stick = tmp_path / "stick"
    put(hub, stick)
    hubs.add(hub, "formation", [hubs.post("after the battery died", minutes=7)])
    with clock.fixed(datetime(1980, 1, 1, tzinfo=UTC)):
        assert writing.write(hub, stick, CHOICE, progress=lambda what, number, of: None).written
    assert about.decode((stick / about.FILE).read_bytes()).at == hubs.START.replace(microsecond=0)
