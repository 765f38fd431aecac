"""`make walk` does every block of the how-tos that it follows, or says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

import solicomm_build
from tests.walk import howto
from tests.walk.plan import PAGES, WALK
from tests.walk.step import Also

ROOT = Path(solicomm_build.__file__).parents[1]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_is_walked(page: str) -> None:
    steps = [step for of, steps in WALK if of == page for step in steps]
    begins = [step.begins for step in steps if not isinstance(step, Also)]
    for block in howto.blocks(ROOT / page):
        found = [begin for begin in begins if block.text.startswith(begin)]
        assert found, f"{page}, line {block.line}: tests/walk/plan.py has no step for it"
        begins.remove(found[0])
    assert not begins, f"{page} has no block any more that begins with {begins}"


def test_blocks_are_read_as_they_are_shown(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# How\n\nType\n\n    a \\\n        b\n\n    c\n\nand\n\n```sh\nd\n\ne\n```\n")
    read = [(block.heading, block.line, block.text) for block in howto.blocks(page)]
    assert read == [("How", 5, "a \\\n    b\n\nc\n"), ("How", 13, "d\n\ne\n")]


def test_packages_are_found_in_texts_and_commands(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Do `apt install rspamd`.\n\n    sudo apt-get install nginx certbot\n    ls\n")
    assert howto.packages([page]) == ["certbot", "nginx", "rspamd"]
