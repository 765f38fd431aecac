"""A push of many cards looks up together where they are, and not each in a list of all of them.

10 cards, 40 cards of a library → a push takes them away → paths looked up one by one
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from solicomm_build.features.library import pushed
from solicomm_build.foundation.types import Oid
from solicomm_build.gate.findings import Found
from solicomm_build.gate.push import Place, Pusher, Update
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub

_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_cards_of_a_push_are_looked_up_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = itertools.count()
    for name in ("at", "oid_at", "tree"):
        real = getattr(Reader, name)

        def counted(one: Reader, *where: Any, real: Any = real, **how: Any) -> Any:
            next(looks)
            return real(one, *where, **how)

        monkeypatch.setattr(Reader, name, counted)
    config, found = smallhub.make(tmp_path / "hub"), list[int]()
    names = ["".join(letters) for letters in itertools.product("abcdefg", repeat=2)]
    for count in (10, 40):
        paths = [f"entries/2026-aaaaaa{name}/entry.md" for name in names[:count]]
        kept = [Change("library.yaml", b""), Change("entries/2026-bbbbbbbb/entry.md", b"x")]
        repo = create(tmp_path / f"{count}.git")
        old = write_once(
            repo, [*kept, *(Change(path, b"x") for path in paths)], message="Cards\n", when=_NOW
        )
        gone = [Change(path, None) for path in paths]
        new = write_once(repo, gone, message="None\n", when=_NOW)
        past: Any = SimpleNamespace(changed={(path, Oid("")) for path in paths})
        place, said = Place(config, "libraries", "papers"), Found()
        with Reader(repo) as reader:
            before = next(looks)
            pushed.check(reader, place, Pusher(), Update(MAIN, old, new), past, said)
            found.append(next(looks) - before)
        assert [one.file for one in said.faults if one.file != "library.yaml"] == []
    assert found[0] == found[1]
