"""Two hubs that were just made get to know each other."""

from __future__ import annotations

import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.features.founding import founding
from solicomm_build.features.network import standing
from solicomm_build.features.network.command import command
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.networks import stranger

_CARD = cards.PATH


def _typed(hub: Config, *words: str) -> Result:
    return CliRunner().invoke(command, [*words, "--hub", str(hub.root)])


def _new(folder: Path) -> Config:
    return founding.found_hub(folder / "hub", name="x", domain="x.example", sample=False)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Config]:
    folder = tmp_path_factory.mktemp("met")
    water, metal = (
        founding.found_hub(folder / name, name=name, domain=f"{name}.example", sample=False)
        for name in ("water", "metal")
    )
    return water, metal


def test_both_add_each_other_at_once(fresh: tuple[Config, Config]) -> None:
    water, metal = fresh
    with webserver.running(water) as at_water, webserver.running(metal) as at_metal:
        for hub, (host, port) in ((water, at_metal), (metal, at_water)):
            done = _typed(hub, "add", f"http://{host}:{port}", "--yes")
            assert done.exit_code == 0, done.output
    assert [*peering.read(water).peers] == [identities.of(metal).id]
    assert [*peering.read(metal).peers] == [identities.of(water).id]


def test_many_who_ask_a_new_hub_at_once_get_one_card(tmp_path: Path) -> None:
    hub = _new(tmp_path)

    def ask(url: str) -> bytes:
        with urllib.request.urlopen(url) as answer:
            return bytes(answer.read())

    with webserver.running(hub) as (host, port), ThreadPoolExecutor(4) as pool:
        found = {*pool.map(ask, [f"http://{host}:{port}{_CARD}"] * 4)}
    (blob,) = found
    assert cards.read(blob).id == identities.of(hub).id


def test_asking_makes_the_own_card_even_when_the_other_is_away(tmp_path: Path) -> None:
    hub = _new(tmp_path)
    assert _typed(hub, "add", "http://127.0.0.1:9", "--yes").exit_code != 0
    assert (peering.folder(hub) / "card.yaml").exists()


def test_a_hub_without_a_key_says_what_its_operator_types(
    tmp_path: Path, fresh: tuple[Config, Config]
) -> None:
    old = smallhub.make(tmp_path / "old")
    assert identities.if_any(old) is None
    with webserver.running(old) as (host, port):
        done = _typed(fresh[0], "add", f"http://{host}:{port}", "--yes")
    said = f"{done.output}{done.exception}"
    assert "that hub is in no network yet" in said
    assert "Its operator types `solicomm peer init`, then try again" in said
    assert identities.if_any(old) is None, "whoever asks makes no key"


@pytest.mark.parametrize("repo", ["conferences/nosuch", "libraries/nosuch"])
def test_what_is_not_offered_is_said_and_stands_in_status(tmp_path: Path, repo: str) -> None:
    water, (card, blob) = _new(tmp_path), stranger("metal")
    adding.add(water, blob, card, "card")
    wanted = f"{card.id} offers no {repo} that this hub knows of; it comes once it does"
    done = _typed(water, "follow", card.id, repo)
    assert done.exit_code == 0, done.output
    assert wanted in done.output
    assert wanted in _typed(water, "status").output


def test_what_is_offered_is_awaited(tmp_path: Path) -> None:
    water, (card, blob) = _new(tmp_path), stranger("metal")
    adding.add(water, blob, card, "card")
    offered = "conferences/water"
    other = "conferences/board"
    stand = standing.read(water, card.id)
    stand.offered = {other: 1}  # for members, told to this hub alone
    standing.write(water, card.id, stand)
    for repo in (offered, other):
        done = _typed(water, "follow", card.id, repo)
        assert "It comes with the next look, or stick." in done.output
    assert "offers no" not in _typed(water, "status").output


def test_without_a_line_it_is_said_whose_stick_goes_first(tmp_path: Path) -> None:
    water, (card, blob) = (
        _new(tmp_path),
        stranger("metal", offers={"libraries/laws": "far-aaaaaaaa"}),
    )
    adding.add(water, blob, card, "")
    for words in (("follow", card.id, "libraries/laws"), ("status",)):
        said = _typed(water, *words).output
        assert f"after one from here: solicomm peer bundle OUT --for {card.id}" in said
