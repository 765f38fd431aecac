"""The letters of a hub of each language, and what made those of the one that speaks English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from cProfile import Profile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import solicomm_build
from solicomm_build.desk import templates
from solicomm_build.foundation import clock
from solicomm_build.testing.deskhub import NOW
from tests.snapshots import kept
from tests.snapshots.letters import FAMILIES
from tests.snapshots.stage import Stage, without_chance

ROOT = Path(solicomm_build.__file__).parent
Mails = list[tuple[str, kept.Mail]]


@dataclass(frozen=True)
class English:
    """The letters of hubs that speak English, what made them, and those hubs as they are then: one
    of each family, in `hubs`."""

    hubs: dict[str, Path]
    mails: dict[str, Mails]
    called: set[str]
    rendered: dict[str, Mapping[str, object]]


def english(root: Path) -> English:
    """Makes them in `root`."""
    with _called() as called, _rendered() as rendered:
        mails = letters(root, "en")
    return English(
        {family: _place(root, family, "en") for family in mails}, mails, called, rendered
    )


def letters(root: Path, lang: str) -> dict[str, Mails]:
    """The letters of a language by their family, made by hubs in `root`."""
    return {family: _mails(root, family, lang) for family in FAMILIES}


def _mails(root: Path, family: str, lang: str) -> Mails:
    with pytest.MonkeyPatch.context() as patch, clock.fixed(NOW):
        without_chance(patch)
        stage = Stage(_place(root, family, lang).parent, lang)
        try:
            return list(FAMILIES[family](stage))
        finally:
            stage.close()


def _place(root: Path, family: str, lang: str) -> Path:
    return root / f"{family}-{lang}" / "hub"


@contextmanager
def _rendered() -> Iterator[dict[str, Mapping[str, object]]]:
    """The letters that are made meanwhile, with the facts of each."""
    found: dict[str, Mapping[str, object]] = {}
    really = templates.rendered

    def note(name: str, facts: Mapping[str, object], *rest: Any) -> tuple[str, str]:
        found.setdefault(name, facts)
        return really(name, facts, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "rendered", note)
        yield found


@contextmanager
def _called() -> Iterator[set[str]]:
    """The functions of ours that run meanwhile, as `file.py:qualified.name`."""
    found: set[str] = set()
    seen = Profile(subcalls=False, builtins=False)  # asks nothing of Python at each call
    seen.enable()
    try:
        yield found
    finally:
        seen.disable()
        codes = (one.code for one in seen.getstats() if not isinstance(one.code, str))
        ours = (code for code in codes if code.co_filename.startswith(str(ROOT)))
        found.update(named(Path(code.co_filename), code.co_qualname) for code in ours)


def named(path: Path, function: str) -> str:
    """A function as it is named in `English.called`."""
    return f"{path.relative_to(ROOT)}:{function}"
