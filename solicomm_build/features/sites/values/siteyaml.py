"""`site.yaml` changed by forms: only the keys that became other, and nothing else. Pure.

Comments and keys that no form knows stay as they were; of a key that is changed, the comments
within it go.
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.sites.values import siteedit
from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.yamlsafe import Node, quote


def read(text: str) -> dict[str, Node]:
    """The settings as they are. Raises ContentError when the file cannot be read."""
    found = yamlsafe.load(text, file="site.yaml")
    return dict(found) if isinstance(found, dict) else {}


def section(values: Mapping[str, Node], key: str) -> dict[str, Node]:
    """A part of the settings that is a mapping; empty when it is none."""
    found = values.get(key)
    return dict(found) if isinstance(found, dict) else {}


def rows(found: Node | None) -> list[dict[str, Node]]:
    """A part of the settings that is a list of mappings."""
    return [dict(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def changed(text: str, values: Mapping[str, Node]) -> str:
    """The file with these keys as given, those that are empty taken out."""
    before = read(text)
    for key, value in values.items():
        wanted = _bare(value)
        if before.get(key, "") != wanted:
            text = _with(text, key, written(key, wanted) if wanted else "")
    return text


def merged(
    base: Mapping[str, Node], now: Mapping[str, Node], meant: Mapping[str, Node]
) -> tuple[dict[str, Node], list[str]]:
    """Of what somebody meant who saw `base`, the keys that are other than there, those of mappings
    each for itself; and those of them that somebody else has changed `now` into something else."""
    wanted: dict[str, Node] = {}
    twice: list[str] = []
    for key, value in meant.items():
        bare, old, new = _bare(value), base.get(key, ""), now.get(key, "")
        if bare == old:
            continue
        wanted[key] = value
        if new in (old, bare):
            continue
        if isinstance(value, dict) and isinstance(old, dict) and isinstance(new, dict):
            inner, both = merged(old, new, value)
            wanted[key] = {**new, **inner}
            twice += [key] if both else []
        else:
            twice.append(key)
    return wanted, twice


def written(key: str, value: Node) -> str:
    """A key with its value as lines of a file: lists of mappings one a line, all else on one."""
    if isinstance(value, dict) and any(isinstance(one, list) for one in value.values()):
        inside = "".join(
            "".join(f"  {line}\n" for line in written(name, one).splitlines())
            for name, one in value.items()
        )
        return f"{key}:\n{inside}"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return f"{key}:\n" + "".join(f"  - {_flow(one)}\n" for one in value)
    return f"{key}: {_flow(value)}\n"


def _flow(value: Node) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return siteedit.scalar(value) if value else quote("")


def _bare(value: Node) -> Node:
    """The value without what is empty in it."""
    if isinstance(value, dict):
        kept = {name: _bare(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one} or ""
    if isinstance(value, list):
        return [found for one in value if (found := _bare(one))] or ""
    return value


def _with(text: str, key: str, block: str) -> str:
    """The file with the lines of a key replaced; at its end when there were none."""
    begin, end = yamlsafe.span(text, key)
    head = text[:begin]
    head += "" if not head or head.endswith("\n") else "\n"
    return head + block + text[end:]
