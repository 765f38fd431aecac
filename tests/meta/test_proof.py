"""No privilege below proof: where an address becomes a proved author's, and who asks for less.

mypy keeps every other module from asking the roster what a mere claim may do (`make check`); these
keep the ways around that few and known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import solicomm_build

PACKAGE = Path(solicomm_build.__file__).parent

MAKERS = {"people/proof.py"}
"""Who calls `Proven(…)`."""

LISTED = {
    "people/roster.py": "the fold itself",
    "desk/office.py": "the language of a letter to a member",
    "desk/letters.py": "what still comes to who has left a list, in the letter to them",
    "features/lists/membership.py": "settings that a token or a proved author changes",
    "features/lists/inviting.py": "whom a moderator invites",
    "features/lists/following.py": "who left by one click",
    "features/polls/held/running.py": "the hub's own address",
    "features/moderation/requestchores.py": "who asked to join and is on the list meanwhile",
    "features/moderation/decidepage.py": "whether what a moderator decided about such a one is so",
    "ingest/holding.py": "what a moderator decided about an author",
    "features/moderation/undoing.py": "what a moderator decided about an author, taken back",
    "people/memberstore.py": "the operator's commands",
    "features/migration/migration.py": "what another program had",
    "features/polls/bymail/pollcommands.py": "the operator's commands",
    "cli/": "the operator's commands",
}
"""Who asks the roster about an address that nobody proved, and for what."""

_LISTED_METHODS = {"listed_role", "listed_options", "listed_standing", "is_listed"}


def _callers(wanted: set[str]) -> Iterator[str]:
    """The modules that call one of these names."""
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        if not any(name in text for name in wanted):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                called = node.func
                name = called.attr if isinstance(called, ast.Attribute) else ""
                if (name or (called.id if isinstance(called, ast.Name) else "")) in wanted:
                    yield path.relative_to(PACKAGE).as_posix()


def test_proof_is_made_in_one_place() -> None:
    assert set(_callers({"Proven"})) == MAKERS


def test_who_asks_about_addresses_that_nobody_proved_is_known() -> None:
    found = set(_callers(_LISTED_METHODS))
    assert {"people/memberstore.py", "features/lists/inviting.py"} <= found
    strangers = {m for m in found if not any(m.startswith(known) for known in LISTED)}
    assert strangers == set()


def test_no_answer_of_the_desk_goes_to_the_envelope_sender() -> None:
    """Its address is no author's: what it got would be a stranger's to read."""
    for path in sorted((PACKAGE / "desk").glob("*.py")):
        for line in path.read_text("utf-8").splitlines():
            assert not ("to = " in line and "mail_from" in line), path
