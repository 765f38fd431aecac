"""What `brand:` of hub.yaml becomes: lines of the style sheet, a logo and a picture made small.

The files lie in the hub's folder. They are decoded apart and drawn anew (apart/pictures.py), so a
photo tells nothing of its place, and published among the theme's under names with their hash. A
file that is not there or is no picture is a fault of the build and stops nothing: the hub has its
name in letters then. hub.yaml is read again while a builder runs, for name and brand alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from solicomm_build.builder.apart.pictures import Pictures
from solicomm_build.foundation import outside
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub import brand, hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.post.pages import BrandPicture

_trace = logging.getLogger("solicomm.pages")
_OURS = b"#9c2f1f"
"""The colour of the theme's own icon."""

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A brand as pages show it: what is added to the style sheet, the
    colour by day, files by their names among the
    theme's, and what is wrong, as (file, reason)."""

    css: str = ""
    colour: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    logo: BrandPicture | None = None
    picture: BrandPicture | None = None
    faults: tuple[tuple[str, str], ...] = ()

    def dressed(self, statics: Mapping[str, bytes]) -> dict[str, bytes]:
        """The theme's static files in this look."""
        found = {**statics, **self.files}
        if self.css:
            found["style.css"] = found["style.css"] + self.css.encode()
            found["icon.svg"] = found["icon.svg"].replace(_OURS, self.colour.encode())
        return found


def look_of(config: Config) -> Look:
    """The look that hub.yaml asks for. Blocking, for seconds when a picture is new. Raises
    StoreError when something ended who reads it: that is no fault of the picture."""
    said, files, faults = config.brand, dict[str, bytes](), list[tuple[str, str]]()
    shown: dict[str, BrandPicture] = {}
    for kind, name in (("badge", said.logo), ("hero", said.picture)):
        if not name:
            continue
        try:
            data = _octets(config.root, name)
            oid = hashlib.sha256(data).hexdigest()
            made, fault = Pictures(config.state).get(oid, lambda data=data: data, kind=kind)  # type: ignore[misc]
            if made is None:
                raise ValueError(fault)
        except StoreError:
            raise
        except (OSError, ValueError, SoliCommError) as error:
            faults.append((name, _words(error)))
            continue
        file = f"{'logo' if kind == 'badge' else 'picture'}.webp"
        files[file] = made.file.read_bytes()
        shown[kind] = BrandPicture(file, made.width, made.height, oid)
    css = brand.variables(said)
    return Look(css, said.light, files, shown.get("badge"), shown.get("hero"), tuple(faults))


class Following:
    """The settings of a hub as a builder shows them now."""

    def __init__(self, config: Config) -> None:
        self._given = config
        self._of_file = _stamp(config.root / FILE)
        self.config = config
        self._stamp: Stamp | None = None
        self.look = Look()

    def moved(self) -> bool:
        """Looks again; whether the name, the brand, one of its files or what lies in no repository
        is another. Cheap."""
        now = _stamp(self._given.root / FILE)
        if now != self._of_file:
            self._of_file = now
            self._read()
        files = _stamps(self.config)
        if files == self._stamp:
            return False
        self.look = look_of(self.config)
        self._stamp = files
        return True

    @property
    def seen(self) -> Stamp | None:
        """What `stamps` says as long as nothing has moved since the last look; None where pages do
        not show what this process was begun with."""
        if self.config is not self._given or self._stamp is None:
            return None
        return (self._of_file, *self._stamp)

    def _read(self) -> None:
        try:
            data = (self._given.root / FILE).read_bytes()
            found = hubyaml.parse(data, self._given.root)
        except (OSError, SoliCommError) as error:
            _trace.warning("%s: %s", FILE, getattr(error, "public", error))
            return
        if (found.name, found.brand) != (self.config.name, self.config.brand):
            self.config = replace(self.config, name=found.name, brand=found.brand)
            self._stamp = None


def stamps(config: Config) -> Stamp:
    """What tells whether hub.yaml, a file of its brand, or what lies in no repository was written
    since."""
    return (_stamp(config.root / FILE), *_stamps(config))


def _stamps(config: Config) -> Stamp:
    names = (config.brand.logo, config.brand.picture)
    brand = (_stamp(config.root / name) if name else (0, 0, 0) for name in names)
    return *brand, _stamp(outside.folder(config))


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return found.st_mtime_ns, found.st_size, found.st_ino


def _octets(root: Path, name: str) -> bytes:
    """A file below the hub's folder. Raises OSError, or ValueError for one that leads out of it."""
    path = (root / name).resolve(strict=True)
    if not path.is_relative_to(root.resolve()) or path.is_relative_to((root / "private").resolve()):
        raise ValueError("it leads out of the hub's folder. Put the picture itself there")
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > brand.PICTURE_BYTES:
        most = brand.PICTURE_BYTES // 2**20
        raise ValueError(f"it is no file of at most {most} MiB. Put a smaller picture there")
    return path.read_bytes()


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.strerror}. Put the picture there, or take it out of `brand` in {FILE}"
    return str(getattr(error, "public", error))
