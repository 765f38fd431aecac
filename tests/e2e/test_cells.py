"""A hub of two cells as people see it: each conference takes mail, also while one moves.

mail → bridge → spool of its cell → ingest of its cell → page; `cells move` meanwhile
"""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.testing import smallhub
from solicomm_build.testing.served import Served, serving


def run(hub: Config, *words: str) -> str:
    found = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
    assert found.exit_code == 0, found.output
    return found.output


def shown(served: Served, name: str, number: int) -> None:
    """A post that came by mail is on its page."""
    msgid = f"{name}.{number}@union.example"
    raw = smallhub.mail(f"text {number}", msgid=f"<{msgid}>").replace(b"bar@", f"{name}@".encode())
    served.send(raw, f"{name}@hub.example")
    served.page(f"/conferences/{name}/t/{post_id(msgid)}/", f"text {number}")


def test_posts_reach_every_cell_and_go_on_while_one_moves(tmp_path: Path) -> None:
    hub = founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    for name in ("ice", "rail"):
        run(hub, "new", "conference", name, "--title", name, "--posting", "open")
    path = hub.root / "hub.yaml"
    path.write_text(path.read_text() + "cells: 2\n")
    with serving(hub) as served:
        home = cells.cell_of(hub, cells.CONFERENCES, "ice")
        for name in ("ice", "rail"):
            shown(served, name, 1)
        run(hub, "cells", "move", "conferences/ice", str(1 - home))
        for name in ("ice", "rail"):
            shown(served, name, 2)
        told = json.loads(run(hub, "cells", "--json"))
        assert [one["owner"] for one in told] == ["this machine"] * 2
        assert "ice" in told[1 - home]["conferences"]
        assert told[home]["epoch"] == cells.division(hub).epochs[home]
        assert served.end() == 0
    assert "Everything is there" in run(hub, "fsck")
