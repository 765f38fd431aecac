"""they ─Follow→ web → fediverse ─Accept→ them; mail → pages → fediverse ─Create→ them;
they ─Create→ web → ingest → held for moderators"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.ingest.holding import list_held
from solicomm_build.testing import served, smallhub
from solicomm_build.testing.ports import free_ports
from solicomm_build.testing.served import Served
from tests.unit.fediverse.peer import Peer, fields_of, peer, post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def hub_at(root: Path, port: int, other: Peer) -> Config:
    founding.found_hub(root, name="Hub", domain="hub.example", sample=False)
    text = re.sub("(?m)^url:.*", f"url: http://127.0.0.1:{port}", (root / "hub.yaml").read_text())
    text += f"\nactivitypub: {{conferences: all, replies: held, inside: ['{other.host}']}}\n"
    (root / "hub.yaml").write_text(text)
    config = hubyaml.load(root)
    smallhub.add_conference(config, smallhub.Conference("bar", {"en": "Bar"}, posting="open"))
    return config


def said(hub: Served, actor: str, document: dict[str, Any]) -> int:
    body = json.dumps({"actor": actor, **document}).encode()
    host = f"127.0.0.1:{hub.http[1]}"
    fields = fields_of(f"{actor}#main-key", "/ap/inbox", host, body)
    return post(hub.http, "/ap/inbox", fields, body)[0]


def test_somebody_elsewhere_follows_reads_and_answers(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with peer() as other:
        config = hub_at(tmp_path / "hub", port, other)
        with served.serving(config, http=port) as hub:
            actor = other.actor("ana")
            group = {"id": f"{actor}/1", "type": "Follow", "object": f"{hub.url}/ap/c/bar"}
            assert said(hub, actor, group) == 202
            hub.until(lambda: str(other.said("Accept") or ""), "Accept")
            hub.send(smallhub.mail("We won."), "bar@hub.example")
            hub.until(lambda: str(other.said("Create") or ""), "Create")
            (made,) = other.said("Create")
            assert "We won." in made["object"]["content"]
            assert made["object"]["url"].startswith(f"{hub.url}/conferences/bar/t/")
            note = {
                "id": f"{other.url}/notes/1",
                "type": "Note",
                "attributedTo": actor,
                "to": [PUBLIC],
                "inReplyTo": made["object"]["id"],
                "content": "<p>So did we.</p>",
            }
            create = {"id": f"{actor}/2", "type": "Create", "object": note}
            assert said(hub, actor, create) == 202
            hub.until(lambda: str(list_held(config) or ""), "held mail")
        assert [one.rule for one in list_held(config)] == ["fediverse"]
