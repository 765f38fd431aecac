"""Writes the files that everybody may fetch: what `solicomm stick` and `solicomm zim` write of the
whole hub, the stick as one zip."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import solicomm_build
from solicomm_build.builder.hub import settings_key
from solicomm_build.builder.sources import digest
from solicomm_build.features.pocket import choice, zim
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.offering import leaving, record
from solicomm_build.features.pocket.offering.record import Made
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config

_TIMES = 3
"""A file is made of the hub's pages and repositories, which are on the disk up to three times
meanwhile: as the small hub, as a folder, and as the file."""


def write(config: Config) -> None:
    """Makes what hub.yaml wants and is not as the hub is now. What goes wrong is in the record
    (record.py). Blocking, for minutes; one process at a time."""
    with safeio.locked(config.state / "pocket" / "offering.lock", blocking=False) as is_alone:
        if not is_alone:
            return
        now = record.begin(config)
        fault = ""
        try:
            leaving.withdraw(config)
            for kind in config.take:
                _bring(config, now, kind)
        except (SoliCommError, OSError, zipfile.LargeZipFile) as error:
            fault = str(error)
        record.end(config, now.run, fault)


def _bring(config: Config, now: record.Record, kind: str) -> None:
    """One file, where it is not there or the hub is another by now."""
    tips = choice.repositories(config, Choice())
    key = digest(solicomm_build.__version__, settings_key(config), sorted(tips.items()))
    made = Made(kind, key, tuple(sorted(tips.items())))
    there = (record.folder(config) / record.NAMES[kind]).is_file()
    if there and any((one.kind, one.key) == (kind, key) for one in now.made):
        return
    _look_for_room(config)
    half = record.folder(config) / f".{kind}.part.zim"  # as zim.write wants its file to end
    try:
        _MAKE[kind](config, half)
        if leaving.is_kept(config, made):  # what went meanwhile is in it
            record.put(config, now.run, made, half)
    finally:
        half.unlink(missing_ok=True)


def _stick(config: Config, out: Path) -> None:
    place = config.state / "pocket" / "offered"
    shutil.rmtree(place, ignore_errors=True)
    try:
        writing.write(config, place, Choice(), progress=_silent)
        out.parent.mkdir(parents=True, exist_ok=True)
        packed = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)
        with packed as archive:  # also while the clock says 1970, which no zip can
            for path in sorted(place.rglob("*")):
                archive.write(path, f"{config.domain}/{path.relative_to(place).as_posix()}")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _zim(config: Config, out: Path) -> None:
    zim.write(config, out, Choice(), split=0, progress=_silent)


_MAKE: Mapping[str, Callable[[Config, Path], None]] = {"stick": _stick, "zim": _zim}


def _silent(what: str, done: int, of: int) -> None:
    del what, done, of


def _look_for_room(config: Config) -> None:
    """Raises StoreError where the disk could fall below what mail needs."""
    usage = shutil.disk_usage(config.root)
    need = _TIMES * sum(_octets(one) for one in (config.public, config.root / "content"))
    need += _TIMES * _octets(config.unions)
    spare = usage.free - usage.total * config.limits.free_disk_percent // 100
    if need > spare:
        raise StoreError(
            f"making it may need {need / 1e6:,.0f} MB, and {max(spare, 0) / 1e6:,.0f} are free on "
            "the disk above what mail needs"
        )


def _octets(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
