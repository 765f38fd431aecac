"""Cards of people who chose it are shown at other hubs: signed, until withdrawn or thirty days."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.sharing import sayings
from solicomm_build.features.network.trust import adding, signed
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.people import cardform, elsewhere, peoplecards, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.networks import Network, stranger
from solicomm_build.testing.ports import free_port

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
AMINA = Card(
    "c_aaaaaaaaaa",
    "Amina",
    union="Metal",
    country="KE",
    languages=("sw",),
    roles="steward",
    about={"en": "Ask me about shifts."},
    introduction="/conferences/net/t/" + "a" * 32 + "/",
    contact="relay",
    since="2026-11-01",
    consented="2026-11-01",
    photo="0" * 64,
    share="network",
)
BO = replace(AMINA, id="c_bbbbbbbbbb", name="Bo Quiet", share="")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)


def at(monkeypatch: pytest.MonkeyPatch, when: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: when)


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path, "ab")
    for one in (AMINA, BO):
        put(made.hubs["a"], one)
    return made


def put(hub: Config, card: Card) -> None:
    peoplecards.put(hub, card.id, personcard.encode(card), b"", NOW)


def names(net: Network, name: str = "b") -> list[str]:
    return [one.card.name for one in elsewhere.all_of(net.hubs[name])]


def test_a_card_that_is_shared_is_shown_with_its_hub_and_no_other_card_is(net: Network) -> None:
    net.carry("a", "b")
    (one,) = elsewhere.all_of(net.hubs["b"])
    assert (one.card.name, one.hub) == ("Amina", "a")
    assert one.url == "https://a.example/people/c_aaaaaaaaaa/"
    assert hubs.build(net.hubs["b"]).failures == []
    page = (net.hubs["b"].public / "people/index.html").read_text("utf-8")
    assert "Of the hub: <bdi>a</bdi>" in page
    assert 'href="https://a.example/people/c_aaaaaaaaaa/"' in page
    assert "Bo Quiet" not in page
    assert not (net.hubs["b"].public / "people/c_aaaaaaaaaa").exists()


def test_nothing_but_the_words_of_the_card_leaves(net: Network) -> None:
    stick = net.stick("a", "b")
    with zipfile.ZipFile(stick) as read:
        whole = b"".join(read.read(one) for one in read.infolist())
        (said,) = (read.read(one) for one in read.namelist() if one.startswith("said/"))
    assert b"Bo Quiet" not in whole
    one = sayings.read(said)
    assert isinstance(one.said, dict)
    assert {"photo", "introduction", "contact"}.isdisjoint(one.said) or one.said[
        "contact"
    ] == "none"
    assert "photo" not in one.said
    assert "introduction" not in one.said


def test_withdrawn_it_goes_at_once_where_it_is_heard(net: Network) -> None:
    net.carry("a", "b")
    old = net.stick("a", "b")
    peoplecards.withdraw(net.hubs["a"], [AMINA.id])
    net.carry("a", "b")
    assert names(net) == []
    net.read("b", old)  # a stick from before does not bring it back
    assert names(net) == []
    here = [path.read_bytes() for path in net.hubs["b"].private.rglob("*") if path.is_file()]
    assert not any(b"Ask me about shifts" in one for one in here)


def test_not_shared_any_more_is_withdrawn(net: Network) -> None:
    net.carry("a", "b")
    put(net.hubs["a"], replace(AMINA, share=""))
    net.carry("a", "b")
    assert names(net) == []


def test_what_is_not_renewed_ends_after_thirty_days(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.carry("a", "b")
    at(monkeypatch, NOW + timedelta(days=29))
    sayings.apply(net.hubs["b"], net.known("b"))
    assert names(net) == ["Amina"]
    at(monkeypatch, NOW + timedelta(days=31))
    sayings.apply(net.hubs["b"], net.known("b"))
    assert names(net) == []
    assert not [*(net.hubs["b"].private / "network" / "heard").rglob("*.yaml")]


def test_it_is_renewed_while_the_person_wants_it(
    net: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.carry("a", "b")
    for days in (10, 20, 30, 40):
        at(monkeypatch, NOW + timedelta(days=days))
        net.carry("a", "b")
        sayings.apply(net.hubs["b"], net.known("b"))
    assert names(net) == ["Amina"]


def test_a_hub_that_is_known_no_more_takes_its_people_along(net: Network) -> None:
    net.carry("a", "b")
    adding.unfollow(net.hubs["b"], "conferences/net")
    adding.remove(net.hubs["b"], net.id("a"))
    assert names(net) == []


def test_over_http(net: Network) -> None:
    port = free_port()
    a = net.hubs["a"] = replace(net.hubs["a"], url=f"http://127.0.0.1:{port}")
    net.sign("a")
    blob = cards.own(a, net.identity("a"), {})
    adding.add(net.hubs["b"], blob, cards.read(blob), a.url)
    known = net.known("b")
    with webserver.running(a, port):
        work = Syncing(net.hubs["b"], net.identity("b"), known, maillog.to_nobody())
        work.look(known.peers[net.id("a")])
        assert names(net) == ["Amina"]
        peoplecards.withdraw(a, [AMINA.id])
        net.sign("a")
        work.look(known.peers[net.id("a")])
    assert names(net) == []


# -- bad input ---------------------------------------------------------------------------------


def said(net: Network, **more: object) -> bytes:
    """A file of hub a's, with something else in it."""
    values = {
        "schema": sayings.SCHEMA,
        "hub": net.id("a"),
        "what": "people",
        "id": AMINA.id,
        "seq": "7",
        "at": "2026-11-20T08:00:00Z",
        "until": "2026-12-10T08:00:00Z",
        "said": dict(elsewhere._values(AMINA)),
    }
    values |= more  # type: ignore[arg-type]
    kept = {key: value for key, value in values.items() if value is not None}
    return signed.write(kept, net.identity("a"))  # type: ignore[arg-type]


def heard(net: Network, blob: bytes) -> list[str]:
    faults = sayings.take(net.hubs["b"], net.known("b"), [blob])
    sayings.apply(net.hubs["b"], net.known("b"))
    return faults


def test_a_good_one_is_taken(net: Network) -> None:
    assert heard(net, said(net)) == []
    assert names(net) == ["Amina"]


@pytest.mark.parametrize(
    "more",
    [
        {"until": "2027-12-10T08:00:00Z"},
        {"at": "2030-11-20T08:00:00Z", "until": "2030-11-21T08:00:00Z"},
        {"at": "2026-10-01T08:00:00Z", "until": "2026-10-20T08:00:00Z"},
        {"said": None},
        {"gone": "true"},
        {"id": "../../keys/hub"},
        {"what": "../x"},
        {"hub": "b-aaaaaaaa"},
        {"seq": "-1"},
    ],
)
def test_what_cannot_be_is_refused_and_named(net: Network, more: dict[str, object]) -> None:
    assert heard(net, said(net, **more))
    assert names(net) == []


@pytest.mark.parametrize(
    "card",
    [
        {"name": "x"},
        {"schema": "solicomm/person@1", "id": "c_cccccccccc", "name": "Other"},
        {"schema": "solicomm/person@1", "id": AMINA.id, "name": "<b>" * 100},
        {"schema": "solicomm/person@1", "id": AMINA.id, "name": "Ada", "share": "network"},
    ],
)
def test_what_is_no_card_that_somebody_agreed_to_is_not_shown(
    net: Network, card: dict[str, object]
) -> None:
    assert heard(net, said(net, said=card)) == []
    assert names(net) == []


def test_a_changed_octet_or_a_strangers_word_is_not_heard(net: Network) -> None:
    blob = said(net)
    assert heard(net, blob.replace(b"Amina", b"Anima"))
    stranger_card, _ = stranger("far")
    assert heard(net, blob.replace(net.id("a").encode(), stranger_card.id.encode()))
    assert names(net) == []
    with pytest.raises(ContentError):
        sayings.read(b"x" * (signed.MOST + 1))


def test_an_older_word_does_not_replace_a_newer_one(net: Network) -> None:
    heard(net, said(net, seq="9", said=None, gone="true"))
    heard(net, said(net, seq="8"))
    assert names(net) == []


# -- choosing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "Show at other hubs: yes"),
        ("fr", "Partager : oui"),
        ("es", "Mostrar en otros hubs: sí"),
        ("pt", "Partilhar: sim"),
        ("ar", "مشاركة: نعم"),
        ("ru", "Показывать на других хабах: да"),
    ],
)
def test_it_is_chosen_by_a_line_in_six_languages(lang: str, line: str) -> None:
    card, bad = cardform.filled(BO, cardform.read(line, lang))
    assert (card.share, bad) == ("network", [])
    back, _ = cardform.filled(card, cardform.read(cardform.shown(BO, lang, networked=True), lang))
    assert back.share == ""


def test_the_form_asks_only_where_there_are_other_hubs(net: Network) -> None:
    assert "other hubs" not in cardform.shown(BO, "en")
    assert "Show at other hubs: no" in cardform.shown(BO, "en", networked=True)
    assert elsewhere.is_networked(net.hubs["b"])
