"""What features add is what the packages that ask for it have said they take."""

from __future__ import annotations

import ast
import collections.abc
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from solicomm_build.builder.hooks import PagesHook, SearchHook
from solicomm_build.cli.commands import CliHook
from solicomm_build.desk.hooks import ChoresHook, MailHook
from solicomm_build.foundation import hooks
from solicomm_build.gate.hooks import GateHook
from solicomm_build.post.hooks import PostHook
from solicomm_build.post.postingcase import PolicyHook
from solicomm_build.post.store.erasing import PrivacyHook
from solicomm_build.post.store.hooks import FsckHook, SettingsHook

HOOKS: Mapping[str, type] = {
    "cli": CliHook,
    "chores": ChoresHook,
    "fsck": FsckHook,
    "gate": GateHook,
    "mail": MailHook,
    "pages": PagesHook,
    "policy": PolicyHook,
    "post": PostHook,
    "search": SearchHook,
    "privacy": PrivacyHook,
    "settings": SettingsHook,
}
"""The Protocol of each file that features may have."""


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
