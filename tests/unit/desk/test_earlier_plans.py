"""Plans that an earlier version wrote down before the machine stopped are carried out."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk import hooks
from solicomm_build.features.forms import formstore
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.deposits.deposits import ASKED, WAITING, Deposits, Facts
from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, TITLES, DeskHub

CARD = Card("c_7h2kq5m3xa", "Ana Paz", languages=("en",), consented="2026-11-01")
ENTRY = entries.Entry("lib:2026-7qk3xa2m", "report", {"en": "Water"}, languages=("en",))
MID = "a" * 32


def plan(**what: Any) -> bytes:
    """A plan in the format that ended in November 2026."""
    empty: dict[str, Any] = {
        "events": "",
        "at": NOW.isoformat(),
        "path": "",
        "tip": None,
        "files": {},
        "staged": None,
        "posted": None,
        "subject": "Do it",
        "filings": [],
        "added": [],
        "kept": [],
        "cards": [],
        "moves": [],
        "answers": [],
        "done": False,
        "cursor": None,
    }
    return json.dumps(empty | what).encode()


def left(hub: DeskHub, **what: Any) -> Path:
    """Carries a plan out that was left on the disk; its file."""
    path = hub.config.spool_desk / "plans" / "1-0.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plan(**what))
    hub.work()
    return path


def test_a_card_that_was_to_be_shown_is_shown(hub: DeskHub) -> None:
    card = {"id": CARD.id, "text": personcard.encode(CARD).decode(), "photo": ""}
    assert not left(hub, cards=[card]).exists()
    found = peoplecards.one(hub.config, CARD.id)
    assert found is not None
    assert found[0].name == "Ana Paz"


def test_a_card_that_was_to_go_goes(hub: DeskHub) -> None:
    photo = base64.b64encode(b"").decode()
    left(hub, cards=[{"id": CARD.id, "text": personcard.encode(CARD).decode(), "photo": photo}])
    left(hub, cards=[{"id": CARD.id, "text": "", "photo": ""}])
    assert peoplecards.one(hub.config, CARD.id) is None


def test_an_answer_that_was_to_be_kept_is_kept(hub: DeskHub) -> None:
    answer = formstore.PrivateAnswer(MID, "a@x", "f@1", "", NOW.isoformat(), "T", {"k": "v"})
    left(hub, answers=[{"conference": "water", "mid": MID, "text": answer.encode()}])
    assert [one.mid for one in formstore.private_answers(hub.config, "water")] == [MID]


def test_a_deposit_that_was_decided_is_decided(hub: DeskHub) -> None:
    deposits = Deposits(hub.config)
    facts = Facts("papers", "ana@union.example", "en", NOW.isoformat(), ASKED)
    deposits.put(facts, ENTRY, [])
    said = asdict(facts) | {"state": WAITING}
    left(hub, filings=[{"key": ENTRY.key, "facts": said, "card": ""}])
    found = deposits.get(ENTRY.key)
    assert found is not None
    assert found.facts.state == WAITING


def test_a_topic_that_was_to_move_is_copied(tmp_path: Path) -> None:
    hub = DeskHub(tmp_path)
    smallhub.add_conference(hub.config, Conference("pay", TITLES, kind="list"))
    made = Post("root@union.example", name="Cyd", subject="Water", date=NOW, body="text\n")
    tid = TopicId(post_id("root@union.example"))
    change = Change(posts.path(tid, made.mid), posts.encode(made))
    repo = open_repo(hub.config.conference_repo("water"))
    write_once(repo, [change], message="Post\n\nSource: mail\n", when=NOW, author_name="Cyd")
    left(hub, moves=[{"source": "water", "to": "pay", "tid": str(tid)}])
    assert smallhub.files(hub.config.conference_repo("pay"), "topics")


def test_files_of_all_three_homes_are_written_with_it(hub: DeskHub) -> None:
    left(
        hub,
        files={"notices/water/x.json": "{}\n"},
        added=[{"conference": "water", "path": "polls/p/poll.yaml", "text": "x: 1\n"}],
        kept=[{"path": "reminders/water.week", "text": "2026-11-23"}],
    )
    assert smallhub.files(hub.config.mail_repo, "notices")
    assert smallhub.files(hub.config.conference_repo("water"), "polls")
    assert (hub.config.private / "reminders/water.week").read_text("ascii") == "2026-11-23"


@pytest.mark.parametrize("name", ["answers", "cards", "filings", "moves"])
def test_what_it_calls_a_deed_is_known(name: str) -> None:
    assert name in hooks.deeds()
