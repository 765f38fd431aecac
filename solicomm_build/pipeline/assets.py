"""The theme's static files under names that carry their content's hash, so they may be cached for
ever; and the digest that every page's key starts with."""

from __future__ import annotations

import hashlib
from pathlib import Path

from solicomm_build import __version__
from solicomm_build.pipeline.parse import PARSER_VERSION
from solicomm_build.pipeline.publish import Output, Publisher

FOLDER = "/theme/"

_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = (
    _PACKAGE.parent / "plugins",
    *(_PACKAGE / name for name in ("message", "model", "pipeline")),
)


def names(theme: Path) -> dict[str, str]:
    """The address of each static file of a theme, by its name below static/."""
    found = {}
    for file in sorted((theme / "static").rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            name = file.relative_to(theme / "static").as_posix()
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
            found[name] = FOLDER + name.removesuffix(file.suffix) + f".{digest}{file.suffix}"
    return found


def publish(theme: Path, assets: dict[str, str], publisher: Publisher) -> list[Output]:
    """Writes the static files; pages that name them come later."""
    return [
        publisher.put(url, (theme / "static" / name).read_bytes(), section="theme", key="")
        for name, url in assets.items()
    ]


def environment_key(theme: Path, translations: Path) -> str:
    """A digest of all code and theme that pages depend on: after any change of ours all pages are
    made anew, else what was built before and what is built after could differ."""
    total = hashlib.sha256(f"{__version__} {PARSER_VERSION}".encode())
    for folder in (theme, translations, *_CODE):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(file.relative_to(folder).as_posix().encode())
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]
