"""What the program proposes as an agreement's clauses, made in a child and kept: `state/clauses/`.

A function of the text, so deleting it costs time only. The child (clauseworker.py) can reach
nothing; a text that it fails at has no proposals.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from solicomm_build.features.library.comparing import cutting
from solicomm_build.features.library.comparing.cutting import Clause
from solicomm_build.features.library.comparing.matters import MATTERS
from solicomm_build.features.library.reading import children
from solicomm_build.features.library.reading.kept import Kept
from solicomm_build.foundation.hub.config import Config

_SECONDS = 30.0
_MOST_TOGETHER = 4_000_000  # characters that one child gets

Proposed: TypeAlias = Mapping[str, Clause]


class Proposals:
    """Those of one hub. Blocking; safe for several threads."""

    def __init__(self, config: Config) -> None:
        self._kept = Kept(config.state / "clauses", 64 << 20)
        self._cutting = threading.Lock()

    def of(self, texts: Sequence[str]) -> list[Proposed]:
        """The clauses of each text by matter."""
        names = [_name(text) for text in texts]
        known = {name: self._known(name) for name in names}
        with self._cutting:
            new = {
                name: text
                for name, text in zip(names, texts, strict=True)
                if known[name] is None and self._known(name) is None
            }
            for group in _groups(new):
                for name, found in zip(group, _cut([new[name] for name in group]), strict=True):
                    self._kept.put(name, json.dumps(found, ensure_ascii=False).encode())
                    known[name] = _clauses(found)
        return [known[name] or self._known(name) or {} for name in names]

    def _known(self, name: str) -> Proposed | None:
        path = self._kept.get(name)
        return None if path is None else _clauses(json.loads(path.read_bytes()))


def _name(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{digest[:2]}/{digest}.{cutting.VERSION}.json"


def _groups(texts: Mapping[str, str]) -> list[list[str]]:
    """The names of the texts that one child cuts together."""
    groups: list[list[str]] = []
    size = _MOST_TOGETHER
    for name, text in texts.items():
        size += len(text)
        if size > _MOST_TOGETHER:
            groups.append([])
            size = len(text)
        groups[-1].append(name)
    return groups


def _cut(texts: Sequence[str]) -> list[dict[str, list[object]]]:
    """What the child says of the texts; of one that breaks it nothing, the others are tried
    alone."""
    found = _said([text[: cutting.MOST_TEXT] for text in texts])
    if found is not None:
        return found
    return [{}] if len(texts) == 1 else [one for text in texts for one in _cut([text])]


def _said(texts: Sequence[str]) -> list[dict[str, list[object]]] | None:
    found = children.asked(f"{__package__}.clauseworker", list(texts), _SECONDS)
    try:
        for one in found or ():
            _clauses(one)
    except (ValueError, TypeError, AttributeError):
        return None
    return found if found is not None and len(found) == len(texts) else None


def _clauses(found: Mapping[str, list[object]]) -> Proposed:
    """What a child, or a file of ours, says, as clauses. Raises ValueError when it is none."""
    made = {}
    for matter in MATTERS:
        if matter in found:
            heading, text, page = found[matter]
            made[matter] = Clause(str(heading), str(text), int(str(page)))
    return made
