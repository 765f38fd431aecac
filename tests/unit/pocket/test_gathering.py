"""A stick of another hub brings what was posted there; what is another's stays another's."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import about, checking, gathering, sums, writing
from solicomm_build.features.pocket.updating import making
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.killing import killed

TAKE = ("conferences/formation",)


class There(NamedTuple):
    """The other hub, its stick, and how many posts its conference has."""

    config: Config
    stick: Path


@pytest.fixture(scope="module")
def there(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> There:
    place = tmp_path_factory.mktemp("gathering")
    config = hubyaml.load(shutil.copytree(founded_sample, place / "there"))
    hubs.add(config, "formation", [hubs.post("a"), hubs.post("b", "a")])
    choice = Choice(conferences=("formation",))
    writing.write(config, place / "stick", choice, progress=lambda what, done, of: None)
    hubs.add(config, "formation", [hubs.post("c", "a")])
    writing.write(config, place / "stick", choice, progress=lambda what, done, of: None)
    return There(config, place / "stick")


@pytest.fixture
def here(tmp_path: Path) -> Config:
    root = tmp_path / "here"
    made = CliRunner().invoke(main, ["init", str(root), "--domain", "here.example"])
    assert made.exit_code == 0, made.output
    return hubyaml.load(root)


def read(here: Config, stick: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["stick", "read", str(stick), *words, "--hub", str(here.root)])


def posts(config: Config) -> int:
    names = smallhub.files(config.conference_repo("formation"), "topics")
    return sum(name.endswith(".md") for name in names)


def follow(here: Config, home: str) -> None:
    settings = Conference("formation", {"en": "Training"}, posting="open", home=home)
    smallhub.add_conference(here, settings)


def test_a_conference_that_is_followed_from_its_hub_is_brought_up_to_date(
    there: There, here: Config
) -> None:
    follow(here, identities.of(there.config).id)
    ran = read(here, there.stick)
    assert ran.exit_code == 0, ran.output
    assert "conferences/formation: 3 new posts" in ran.output
    assert posts(here) == 3
    tip = open_repo(here.conference_repo("formation")).ref()
    assert "conferences/formation: 0 new posts" in read(here, there.stick).output
    assert open_repo(here.conference_repo("formation")).ref() == tip


def test_what_is_not_followed_is_named_and_taken_by_word_alone(there: There, here: Config) -> None:
    ran = read(here, there.stick)
    assert ran.exit_code == 0, ran.output
    assert "not taken: conferences/formation" in ran.output
    assert not here.conference_repo("formation").exists()
    ran = read(here, there.stick, "--take", "conferences/formation")
    assert ran.exit_code == 0, ran.output
    assert posts(here) == 3
    ran = read(here, there.stick, "--take", "conferences/formation")
    assert "conferences/formation: 0 new posts" in ran.output, "the next stick goes on with it"
    ran = read(here, there.stick, "--take", "conferences/nowhere")
    assert "no conference on this stick" in ran.output


def test_one_that_began_anew_is_another_than_that_which_was_taken(
    there: There, here: Config
) -> None:
    assert read(here, there.stick, "--take", "conferences/formation").exit_code == 0
    shutil.rmtree(here.conference_repo("formation"))
    follow(here, "")
    ran = read(here, there.stick, "--take", "conferences/formation")
    assert "is another conference" in ran.output
    assert posts(here) == 0


@pytest.mark.parametrize("fault", ["network.before-founded", "pocket.taken"])
def test_a_second_run_goes_on_where_the_first_was_killed(
    there: There, here: Config, fault: str
) -> None:
    assert killed(lambda: read(here, there.stick, "--take", "conferences/formation"), fault)
    ran = read(here, there.stick, "--take", "conferences/formation")
    assert ran.exit_code == 0, ran.output
    assert posts(here) == 3
    assert read(here, there.stick, "--take", "conferences/formation").exit_code == 0


def test_two_at_once_wait_for_each_other(there: There, here: Config) -> None:
    with ThreadPoolExecutor(2) as pool:
        with safeio.locked(here.state / "pocket" / ".taking"):
            ran = pool.submit(gathering.gather, here, there.stick, TAKE, lambda *_: None)
            with pytest.raises(TimeoutError):
                ran.result(0.3)
        assert "3 new posts" in ran.result().taken["conferences/formation"]


def test_another_conference_of_that_name_is_left_alone(there: There, here: Config) -> None:
    follow(here, "")
    before = open_repo(here.conference_repo("formation")).ref()
    assert read(here, there.stick).exit_code == 0
    ran = read(here, there.stick, "--take", "conferences/formation")
    assert ran.exit_code != 0
    assert "is another conference" in ran.output
    assert open_repo(here.conference_repo("formation")).ref() == before


def test_nothing_is_taken_of_a_stick_that_was_changed(
    there: There, here: Config, tmp_path: Path
) -> None:
    follow(here, identities.of(there.config).id)
    stick = shutil.copytree(there.stick, tmp_path / "changed")
    bundle = next(stick.rglob("formation.bundle"))
    octets = bytearray(bundle.read_bytes())
    octets[len(octets) // 2] ^= 1
    bundle.write_bytes(octets)
    ran = read(here, stick)
    assert (ran.exit_code != 0, "not as it was written" in ran.output) == (True, True)
    assert posts(here) == 0


@pytest.fixture(scope="module")
def rekeyed(there: There, tmp_path_factory: pytest.TempPathFactory) -> There:
    """The other hub after it gave up its key, and a stick that it wrote then."""
    place = tmp_path_factory.mktemp("rekeyed")
    config = hubyaml.load(shutil.copytree(there.config.root, place / "there"))
    identities.rekey(config)
    choice = Choice(conferences=("formation",))
    stick = shutil.copytree(there.stick, place / "stick")
    writing.write(config, stick, choice, progress=lambda what, done, of: None)
    return There(config, stick)


def know(here: Config, other: Config) -> None:
    card = cards.own(other, identities.of(other), {})
    adding.add(here, card, cards.read(card), "card")


def test_a_stick_of_a_hub_that_changed_its_key_is_its_own(
    there: There, rekeyed: There, here: Config, tmp_path: Path
) -> None:
    """Its id is of the first key, and both signatures lead to the last."""
    own = identities.of(rekeyed.config)
    found = checking.look(rekeyed.stick)
    assert (found.is_sound, found.faults) == (True, [])
    assert (found.hub, found.key) == (own.id, own.public)
    follow(here, own.id)
    know(here, there.config)  # by the key of before
    ran = read(here, rekeyed.stick)
    assert ran.exit_code == 0, ran.output
    assert posts(here) == 3
    ran = CliRunner().invoke(
        main, ["init", str(tmp_path / "new"), "--from-stick", str(rekeyed.stick)]
    )
    assert ran.exit_code == 0, ran.output
    since = making.state_of((there.stick / sums.SUMS).read_bytes())
    assert making.write(rekeyed.stick, since, tmp_path / "week.zip").files


def test_a_change_of_key_that_somebody_made_up_is_not_believed(
    there: There, rekeyed: There
) -> None:
    """Without both signatures, or with a step that leads elsewhere."""
    said = about.decode((rekeyed.stick / about.FILE).read_bytes())
    key, (step,) = identities.of(rekeyed.config).public, said.chain
    assert said.is_by(key)
    assert not said.is_by(identities.of(there.config).public)
    assert not replace(said, chain=()).is_by(key)
    for wrong in (replace(step, by_key=step.by_next), replace(step, by_next="AAAA")):
        assert not replace(said, chain=(wrong,)).is_by(key)


def test_who_has_a_key_that_its_hub_gave_up_brings_nothing(
    there: There, rekeyed: There, here: Config
) -> None:
    follow(here, identities.of(rekeyed.config).id)
    know(here, rekeyed.config)
    ran = read(here, there.stick)
    assert ran.exit_code != 0
    assert "gave up" in ran.output
    assert "written anew" in ran.output
    assert posts(here) == 0
    assert read(here, rekeyed.stick).exit_code == 0
    assert posts(here) == 3


def test_a_hub_s_own_stick_brings_letters_alone(there: There) -> None:
    ran = read(there.config, there.stick)
    assert (ran.exit_code, "0 new letters" in ran.output) == (0, True)
    assert "Also on it" not in ran.output
