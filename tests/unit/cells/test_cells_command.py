"""`solicomm cells`: who has what, and how it is cut anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli import upgrading
from solicomm_build.cli.main import main
from solicomm_build.foundation.hub import cells, hubyaml, liveness
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

HUB = "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(
        tmp_path, *(Conference(name, {"en": name}, posting="open") for name in ("bar", "pay"))
    )
    (made.root / "hub.yaml").write_text(HUB + "cells: 2  # more later\n")
    return made


def run(hub: Config, *words: str, code: int = 0) -> str:
    found = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
    assert found.exit_code == code, found.output
    return found.output


def listed(hub: Config) -> list[dict[str, object]]:
    told = run(hub, "cells", "--json")
    found: list[dict[str, object]] = json.loads(told)
    return found


def test_an_old_hub_is_cut_by_the_next_start_and_says_so_before(hub: Config) -> None:
    assert "`cells: 2`: the hub is cut anew when `serve` starts" in run(hub, "cells")
    assert len(listed(hub)) == 1
    config = hubyaml.load(hub.root)
    assert "cells" in [one.name for one in upgrading.needed(config)]
    assert [one.name for one in upgrading.carry_out(config)] == ["cells"]
    assert [one["cell"] for one in listed(hub)] == [0, 1]
    assert "hub.yaml" not in run(hub, "cells")


def test_a_hub_that_runs_is_cut_by_its_next_start_alone(hub: Config) -> None:
    pulse = liveness.Pulse(hub.state, "ingest")
    try:
        run(hub, "new", "conference", "late", "--title", "Late")
    finally:
        pulse.end()
    assert len(listed(hub)) == 1


def test_one_with_little_mail_that_does_not_run_is_cut_before_more_comes(hub: Config) -> None:
    run(hub, "new", "conference", "late", "--title", "Late")
    assert len(listed(hub)) == 2
    assert not [one for one in upgrading.needed(hubyaml.load(hub.root)) if one.name == "cells"]


def test_it_tells_who_has_what_and_what_waits(hub: Config) -> None:
    run(hub, "upgrade")
    run(hub, "cells", "move", "conferences/bar", "0")
    assert "conferences/pay is in cell 1" in run(hub, "cells", "move", "pay", "1")
    Spool(hub.in_cell(1).spool_in).put([smallhub.item(smallhub.mail())] * 3)
    one, two = listed(hub)
    assert (one["conferences"], one["lag"], one["owner"]) == (["bar"], 0, "nobody")
    assert (two["conferences"], two["lag"]) == (["pay"], 3)
    said = run(hub, "cells")
    assert "1 conference or list; 3 mails wait" in said
    assert "1 conference or list; nothing waits" in said
    assert "no cell 2" in run(hub, "cells", "move", "bar", "2", code=64)
    assert "is not the number" in run(hub, "cells", "move", "bar", "²", code=64)
    assert "no conference or list nowhere" in run(hub, "cells", "move", "nowhere", "1", code=66)


def test_split_doubles_the_cells_and_the_word_in_hub_yaml(hub: Config) -> None:
    run(hub, "upgrade")
    assert "`cells: 4` now" in run(hub, "cells", "split")
    assert "\ncells: 4  # more later\n" in (hub.root / "hub.yaml").read_text()
    assert cells.division(hub).cells == 4
    (hub.root / "hub.yaml").write_text(HUB)
    assert "fewer than are there" in run(hub, "cells", "split", code=64)
    run(hub, "upgrade")
    assert not (hub.private / "cells" / "1").exists()
    assert "`cells: 2` now" in run(hub, "cells", "split")
    assert (hub.root / "hub.yaml").read_text() == HUB + "cells: 2\n"


@pytest.mark.parametrize("word", ["0", "1025", "many"])
def test_a_number_that_is_none_is_said_with_its_place(tmp_path: Path, word: str) -> None:
    hub = smallhub.make(tmp_path)
    (hub.root / "hub.yaml").write_text(HUB + f"cells: {word}\n")
    told = run(hub, "cells", code=78)
    assert "hub.yaml" in told
    assert "`cells`" in told


def test_a_stage_of_a_cell_that_is_not_there_is_refused(hub: Config) -> None:
    run(hub, "upgrade")
    assert "no cell 2" in run(hub, "ingest", "--once", "--cell", "2", code=64)
    run(hub, "ingest", "--once")
