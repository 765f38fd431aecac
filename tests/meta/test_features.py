"""What features add is what the packages that ask for it have said they take."""

from __future__ import annotations

import ast
import collections.abc
import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

import solicomm_build
from solicomm_build.builder.hooks import HandsHook, PagesHook, SearchHook
from solicomm_build.cli.commands import CliHook
from solicomm_build.courier.hooks import CourierHook
from solicomm_build.desk.hooks import ChoresHook, MailHook
from solicomm_build.features.founding.hooks import SampleHook
from solicomm_build.features.network.hooks import NetworkHook
from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.finding import ChecksHook
from solicomm_build.foundation.hub.liveness import StagesHook
from solicomm_build.gate.hooks import GateHook
from solicomm_build.ingest.hooks import IngestHook
from solicomm_build.people.access import AccessHook
from solicomm_build.people.addresses import AddressHook
from solicomm_build.people.grants import RolesHook
from solicomm_build.people.ledger import RosterHook
from solicomm_build.people.moved.along import MovedHook
from solicomm_build.post.hooks import PostHook
from solicomm_build.post.postingcase import PolicyHook
from solicomm_build.post.presenters import PresentersHook
from solicomm_build.post.store.erasing import PrivacyHook
from solicomm_build.post.store.hooks import FsckHook, ReferencesHook, RenamingHook, SettingsHook
from solicomm_build.web.hooks import WebHook
from solicomm_build.web.mine.firststep import FirstStepsHook

HOOKS: Mapping[str, type] = {
    "access": AccessHook,
    "addresses": AddressHook,
    "along": MovedHook,
    "cli": CliHook,
    "checks": ChecksHook,
    "chores": ChoresHook,
    "courier": CourierHook,
    "firststeps": FirstStepsHook,
    "fsck": FsckHook,
    "gate": GateHook,
    "hands": HandsHook,
    "mail": MailHook,
    "network": NetworkHook,
    "ingest": IngestHook,
    "pages": PagesHook,
    "policy": PolicyHook,
    "post": PostHook,
    "presenters": PresentersHook,
    "sample": SampleHook,
    "references": ReferencesHook,
    "search": SearchHook,
    "privacy": PrivacyHook,
    "roles": RolesHook,
    "renaming": RenamingHook,
    "roster": RosterHook,
    "settings": SettingsHook,
    "stages": StagesHook,
    "web": WebHook,
}
"""The Protocol of each file that features may have."""

NOT_YET: frozenset[str] = frozenset()
"""Core modules that import a feature still. The list only gets shorter."""

FRIENDS: frozenset[tuple[str, str]] = frozenset(
    {
        ("forms", "sites"),
        ("library", "forms"),
        ("library", "search"),
        ("lists", "digests"),
        ("lists", "moderation"),
        ("lists", "privacy"),
        ("metrics", "bounces"),
        ("migration", "founding"),
        ("moderation", "lists"),
        ("moderation", "topics"),
        ("search", "lists"),
        ("sites", "library"),
    }
)
"""Features that import another. The list only gets shorter."""

ROOT = Path(solicomm_build.__file__).parents[1]


def _found() -> Iterator[tuple[str, ModuleType]]:
    for hook in HOOKS:
        for module in hooks.modules(hook):
            yield hook, module


_FOUND = [*_found()]


def _fits(value: Any, wanted: Any) -> bool:
    """Whether a value is roughly of a type: its items are looked at where it says their class."""
    kind, items = get_origin(wanted) or wanted, get_args(wanted)
    if kind in (types.UnionType, Union):
        return any(_fits(value, one) for one in items)
    if kind is collections.abc.Callable:
        return callable(value)
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return True
    if not isinstance(value, kind):
        return False
    if issubclass(kind, Mapping) and len(items) == 2:
        return all(_fits(key, items[0]) and _fits(one, items[1]) for key, one in value.items())
    if issubclass(kind, collections.abc.Iterable) and len(items) == 1:
        return all(_fits(one, items[0]) for one in value)
    return True


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_a_feature_and_explained(hook: str) -> None:
    assert hooks.modules(hook)
    assert HOOKS[hook].__doc__


@pytest.mark.parametrize(
    ("hook", "module"), _FOUND, ids=[module.__name__.split(".", 2)[2] for _, module in _FOUND]
)
def test_what_a_feature_adds_stands_in_the_protocol(hook: str, module: ModuleType) -> None:
    promised = get_type_hints(HOOKS[hook])
    given = {name: getattr(module, name) for name in _tables(module)}
    assert given, f"{module.__name__} adds nothing"
    for name, value in given.items():
        assert name in promised, f"{module.__name__}: {name} is nothing that anybody asks for"
        assert _fits(value, promised[name]), f"{module.__name__}: {name} is no {promised[name]}"


def _tables(module: ModuleType) -> Iterator[str]:
    """The names in capitals that a module gives a value; those that it imports are not its own."""
    for node in ast.parse(inspect.getsource(module)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id.isupper() and target.id[0] != "_":
                yield target.id


def test_a_value_of_another_type_is_seen() -> None:
    assert _fits(None, int | None)
    assert not _fits("1", int | None)
    assert _fits((1, 2), collections.abc.Iterable[int])
    assert not _fits((1, "2"), collections.abc.Iterable[int])
    assert not _fits({"a": 1}, Mapping[str, Callable[[], None]])


def test_the_guide_lists_the_files_with_their_protocols() -> None:
    guide = (ROOT / "docs" / "howto" / "add-a-feature.md").read_text("utf-8")
    row = re.compile(r"^\| `(\w+)\.py` \|[^|]*\| `[\w/]+\.py::(\w+)` \|", re.MULTILINE)
    rows = dict(row.findall(guide))
    assert rows == {hook: protocol.__name__ for hook, protocol in HOOKS.items()}


def test_no_core_module_imports_a_feature() -> None:
    """A feature is found by the names of its files; those that still are imported get fewer."""
    ours = "solicomm_build.features."
    found = {module for module, _ in _imports() if not module.startswith(ours)}
    assert found <= NOT_YET


def test_features_know_each_other_no_more_than_they_did() -> None:
    between = {
        (module.split(".")[2], other)
        for module, other in _imports()
        if module.startswith("solicomm_build.features.") and module.split(".")[2] != other
    }
    assert between <= FRIENDS
    assert between >= FRIENDS, "take out of FRIENDS what is no longer needed"


@cache
def _imports() -> list[tuple[str, str]]:
    """(module, feature) for each import of a feature, those within functions too."""
    return list(_imported())


def _imported() -> Iterator[tuple[str, str]]:
    package = ROOT / "solicomm_build"
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if "testing" in parts or module == "solicomm_build.features":
            continue
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if "features" in text else ():
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                if name.startswith("solicomm_build.features."):
                    yield module, name.split(".")[2]
