"""`solicomm fsck` names what is damaged of networks, and what to do."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.features.network.carrying import messageids
from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import peers
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store import hooks
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network


def _told(hub: Config) -> str:
    return "\n".join(map(str, hooks.large(hub)))


def test_damaged_cards_notices_tables_and_offers_are_named_with_a_remedy(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    net.sign("b")
    hub, home, folder = net.hubs["b"], net.id("a"), peers.folder(net.hubs["b"])
    notice = notices.make(net.identity("a"), "conferences/net", "message", ["a" * 32])
    kept = notices.keep(hub, notice)
    messageids.keep(hub, {hubs.mid("one"): "one@union.example"})  # type: ignore[dict-item]
    assert _told(hub) == ""

    card = folder / "hubs" / f"{home}.yaml"
    card.write_bytes(card.read_bytes().replace(b"url: ", b"url: x"))
    (folder / "erasures" / notices.name_of(kept)).write_bytes(notice[:-40])
    (folder / "message-ids.sqlite").write_bytes(b"no table" * 100)
    for beside in folder.glob("message-ids.sqlite-*"):
        beside.unlink()
    repo = net.repo("b")
    tip = repo.ref()
    assert tip is not None
    forged = repo.git("cat-file", "tag", offers.ref(home)).replace(b'"seq": ', b'"seq": 9')
    made = repo.git("hash-object", "-t", "tag", "-w", "--stdin", input=forged).decode().strip()
    repo.git("update-ref", offers.ref(home), made)
    told = _told(hub)
    for name in (card.name, notices.name_of(kept), "message-ids.sqlite", offers.ref(home)):
        assert name in told
    assert "update-ref -d" in told
