"""Every key that a file of ours may hold stands in its page of docs/formats.

The keys are found in the code that reads them: the first argument of calls such as
`top.text("name")`.
"""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

import solicomm_build
from solicomm_build.foundation.hub.config import Config, Limits
from solicomm_build.people import ledger, roster
from solicomm_build.people.kept import changes
from solicomm_build.post import event

PACKAGE = Path(solicomm_build.__file__).parent
FORMATS = PACKAGE.parent / "docs" / "formats"

_READERS = frozenset(
    {
        "text",
        "choice",
        "flag",
        "integer",
        "parsed",
        "words",
        "languages",
        "by_language",
        "section",
        "sections",
        "partial_date",
        "moment",
        "has",
        "optional",
        "texts",
        "word",
    }
)

PAGES = {
    "foundation/hub/hubyaml.py": "hub-yaml.md",
    "foundation/hub/brand.py": "hub-yaml.md",
    "foundation/hub/cluster/settings.py": "hub-yaml.md",
    "foundation/objects/settings.py": "hub-yaml.md",
    "features/setup/answers.py": "setup.md",
    "post/conference.py": "conference-yaml.md",
    "post/post.py": "post.md",
    "features/library/library.py": "library-entry.md",
    "features/library/cards/entryfile.py": "library-entry.md",
    "features/sites/values/site.py": "site.md",
    "post/editorial/sitepage.py": "site.md",
}
"""Which page describes what a module reads."""


def _keys(module: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse((PACKAGE / module).read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        first = node.args[0] if node.args else None
        key = first.value if isinstance(first, ast.Constant) else None
        if node.func.attr in _READERS and isinstance(key, str):
            found.add(key)
    return found


def _code_of(page: str) -> str:
    """What stands in code spans and code blocks of a page."""
    text = (FORMATS / page).read_text("utf-8")
    blocks = re.findall(r"^```.*?^```|^    .*$", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", text)
    return "\n".join([*blocks, *spans])


def _missing(keys: set[str], page: str) -> list[str]:
    code = _code_of(page)
    return sorted(
        key for key in keys if not re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", code)
    )


@pytest.mark.parametrize(("module", "page"), PAGES.items())
def test_keys_are_documented(module: str, page: str) -> None:
    keys = _keys(module)
    assert len(keys) >= 5, "the keys are not found any more: look at _READERS"
    assert not _missing(keys, page), f"docs/formats/{page} lacks keys that {module} reads"


def test_hub_settings_are_documented() -> None:
    names = {field.name for field in fields(Config)}
    settings = names - {
        "root",
        "search_peers",
        "search_mirror",
        "tls_on_web",
        "carried",
        "borrows",
        "cell",
    } | {
        "search",
        "peers",
        "mirror",
        "web",
    }
    limits = {field.name for field in fields(Limits)}
    assert not _missing(settings | limits, "hub-yaml.md")


def test_events_are_documented() -> None:
    facts = {key for form in event.FORMS.values() for key in form}
    assert not _missing(set(event.FORMS) | facts, "topic-event.md")
    assert not _missing({*changes.CHANGES, *roster._OTHERS, *ledger.types()}, "roster.md")


def test_spool_envelope_is_documented() -> None:
    keys = {"mail_from", "rcpt_tos", "received_at", "peer", "helo", "smtputf8"}
    assert not _missing(keys, "spool.md")
