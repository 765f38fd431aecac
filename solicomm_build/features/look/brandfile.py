"""Writes name and brand into hub.yaml, and nothing else of it.

The lines of the two keys are replaced and all others stay as they are, comments too. What comes out
is read before it is kept: it must be what was there with this name and brand, and free of faults.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import ConfigError, ContentError, HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.foundation.yamlsafe import Node, replaced

FOLDER = "brand"
"""Below the hub's folder: where pictures go."""
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


_OTHERWISE = (
    f"{FILE} is written in a way that this page cannot change. Write `name:` and `brand:` at the "
    "beginning of a line, in block style, or change them there"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How a hub is to look. `pictures` has new octets by what they are (`logo`, `picture`) with the
    ending of their file; those in `away` go. What stands in neither stays."""

    name: str
    sentence: Mapping[str, str] = field(default_factory=dict)
    light: str = ""
    dark: str = ""
    pictures: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    away: frozenset[str] = frozenset()


def now(config: Config) -> Config:
    """The settings as hub.yaml says them now. Raises ConfigError, HubError."""
    return hubyaml.parse(_text(config), config.root)


def faults(config: Config, wish: Wish) -> list[str]:
    """What is wrong with a wish, each with its remedy; none when it can be kept. Raises HubError
    where hub.yaml itself is not as it should be."""
    try:
        _made(config, wish)
    except ConfigError as error:
        return [f"{one.public}" for one in error.faults]
    return []


def keep(config: Config, wish: Wish) -> None:
    """Makes it so, durable on return. Raises ConfigError for a wish with faults, HubError, and
    OSError where the hub's folder cannot be written."""
    with safeio.locked(config.state / "brand.lock"):
        text, brand = _made(config, wish)
        for kind, (_, data) in wish.pictures.items():
            path = config.root / getattr(brand, kind)
            path.parent.mkdir(exist_ok=True)
            safeio.write_atomic(path, data)
        path = config.root / FILE
        mode = stat.S_IMODE(path.stat().st_mode)
        safeio.write_atomic(path, text.encode(), mode=mode)


def _made(config: Config, wish: Wish) -> tuple[str, Brand]:
    """The text of hub.yaml with the wish in it, and its brand."""
    text = _text(config)
    before = hubyaml.parse(text, config.root)
    names = {kind: getattr(before.brand, kind) for kind in ("logo", "picture")}
    names |= {kind: f"{FOLDER}/{kind}.{ending}" for kind, (ending, _) in wish.pictures.items()}
    names |= dict.fromkeys(wish.away, "")
    brand = Brand(
        {tag: said for tag, said in wish.sentence.items() if said},
        names["logo"],
        names["picture"],
        wish.light,
        wish.dark,
    )
    try:
        text = replaced(text, "name", {"name": wish.name})
        text = replaced(text, "brand", _node(brand))
    except ContentError as error:
        raise HubError(_OTHERWISE) from error
    after = hubyaml.parse(text, config.root)
    if after != replace(before, name=" ".join(wish.name.split()), brand=brand):
        raise HubError(_OTHERWISE)
    return text, brand


def _node(brand: Brand) -> dict[str, Node]:
    said: dict[str, Node] = {}
    if brand.sentence:
        said["sentence"] = dict(brand.sentence)
    said |= {key: value for key in ("logo", "picture") if (value := getattr(brand, key))}
    if brand.dark:
        said["colour"] = {"light": brand.light, "dark": brand.dark}
    elif brand.light:
        said["colour"] = brand.light
    return {"brand": said} if said else {}


def _text(config: Config) -> str:
    try:
        return (config.root / FILE).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise HubError(f"{FILE} cannot be read: {error}") from error
