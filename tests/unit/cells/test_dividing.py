"""A hub cut into cells and cut anew: what a conference has in mail.git goes along, whole."""

from __future__ import annotations

import dataclasses
import os
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.backup import moment
from solicomm_build.features.privacy import erase
from solicomm_build.features.renaming import moving, places
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding
from solicomm_build.ingest.run import ingest_all
from solicomm_build.post.cells import dividing
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.held import decidedmail
from solicomm_build.post.store import fsck, ownmail
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed

NAMES = ("bar", "pay", "water", "rail")
HELD, WAITS = PostId(post_id("held@union.example")), PostId(post_id("waits@union.example"))


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """One cell: two posts in each of four conferences, one of them the same in all; in `pay` one
    was let in and one waits."""
    config = smallhub.make(
        tmp_path,
        *(Conference(name, {"en": name}, posting="open") for name in NAMES if name != "pay"),
        Conference("pay", {"en": "Pay"}, posting="moderated"),
    )
    everywhere = [f"{name}@hub.example" for name in NAMES if name != "pay"]
    send(config, smallhub.mail("all", msgid="<all@union.example>"), *everywhere)
    for name in ("bar", "water", "rail"):
        send(config, smallhub.mail(name, msgid=f"<{name}@union.example>"), f"{name}@hub.example")
    for word in ("held", "waits"):
        send(config, smallhub.mail(word, msgid=f"<{word}@union.example>"), "pay@hub.example")
    made = Decision("accept", "operator", datetime.now(UTC))
    holding.decide(config, "pay", HELD, made)
    return config


def send(config: Config, raw: bytes, *to: str) -> None:
    Spool(config.spool_in).put([smallhub.item(raw, *to)])
    ingest_all(config, log=maillog.to_nobody())


def cut(config: Config, count: int) -> Config:
    found = dataclasses.replace(config, cells=count)
    dividing.settle(found)
    return found


def everything(config: Config) -> dict[str, object]:
    """What people can ask of the mail of a hub, wherever it lies."""
    with closing(HubMail(config)) as mail:
        about = {
            name: sorted(line for _, line in mail.verdicts() if f" {name}/" in line)
            for name in NAMES
        }
        kept = {
            (name, word): mail.raw(found, name) if (found := mail.find(mid, name)) else None
            for name in NAMES
            for word in (("held",) if name == "pay" else ("all", name))
            if (mid := PostId(post_id(f"{word}@union.example")))
        }
        waits = [(one.conference, one.mid, one.facts) for one in mail.held()]
        raw = mail.held_raw("pay", WAITS)
    decided = [
        (one.held.mid, one.made.decision, decidedmail.octets(config, one))
        for one in decidedmail.lately(config, lambda name: True)
    ]
    own = [(one.mid, one.octets) for one in ownmail.mails(config, frozenset({"ana@union.example"}))]
    return {
        "verdicts": about,
        "kept": kept,
        "waits": waits,
        "raw": raw,
        "decided": decided,
        "own": own,
    }


@pytest.mark.parametrize("counts", [(2,), (4, 8), (4, 1), (3, 2)])
def test_nothing_is_lost_or_changed_by_cutting(hub: Config, counts: tuple[int, ...]) -> None:
    was = everything(hub)
    for count in counts:
        hub = cut(hub, count)
        assert cells.division(hub) == dataclasses.replace(
            cells.Division(count, count), epochs=cells.division(hub).epochs
        )
        assert everything(hub) == was
        assert fsck.check(hub) == []
    assert not dividing.is_needed(hub)


def test_each_mail_git_has_what_is_its_own_and_no_more(hub: Config) -> None:
    hub = cut(hub, 4)
    for one in cells.every(hub):
        here = {name for name in NAMES if cells.cell_of(hub, cells.CONFERENCES, name) == one.cell}
        found = smallhub.files(one.mail_repo) if open_repo(one.mail_repo).ref() else {}
        words = [*here, *(["all"] if here - {"pay"} else []), *(["held"] if "pay" in here else [])]
        mids = {post_id(f"{word}@union.example") for word in words if word != "pay"}
        assert {Path(path).stem for path in found if path.startswith("messages/")} == mids
        assert any(path.startswith("held/pay/") for path in found) == ("pay" in here)


def test_a_hub_of_one_cell_has_no_file_of_cells(hub: Config) -> None:
    assert not (hub.private / cells.FILE).exists()
    assert not (hub.private / "cells").exists()
    assert not dividing.is_needed(hub)


POINTS = ["named", "after-copy", "after-note", "after-out"]


@pytest.mark.parametrize("fault", [f"cells.{one}:{n}" for one in POINTS for n in (1, 2)])
def test_killed_at_any_point_it_is_done_the_next_time(hub: Config, fault: str) -> None:
    was, fault = everything(hub), fault.replace("cells.named", "cells.after-named")
    wanted = dataclasses.replace(hub, cells=4)
    killed(lambda: dividing.settle(wanted), fault)
    assert everything(wanted) == was, "whatever was done is whole"
    send(wanted, smallhub.mail("new", msgid="<new@union.example>"), "bar@hub.example")
    dividing.settle(wanted)
    assert not dividing.is_needed(wanted)
    with closing(HubMail(wanted)) as mail:
        assert mail.find(PostId(post_id("new@union.example")), "bar")
    assert fsck.check(wanted) == []


def test_a_conference_that_was_moved_stays_there(hub: Config) -> None:
    hub = cut(hub, 4)
    was = everything(hub)
    to = (cells.cell_of(hub, cells.CONFERENCES, "pay") + 1) % 4
    assert dividing.move(hub, "conferences", "pay", to)
    assert not dividing.move(hub, "conferences", "pay", to)
    assert cells.cell_of(hub, cells.CONFERENCES, "pay") == to
    assert everything(hub) == was
    hub = cut(hub, 8)
    assert cells.cell_of(hub, cells.CONFERENCES, "pay") == to
    assert everything(hub) == was


def test_what_was_judged_before_a_renaming_goes_along(hub: Config) -> None:
    hub = cut(hub, 4)
    name = next(one for one in NAMES if cells.cell_of(hub, cells.CONFERENCES, one))
    send(hub, smallhub.mail("new", msgid="<new@union.example>"), f"{name}@hub.example")
    about = f" {name}/{post_id('new@union.example')} "

    def judged(config: Config) -> list[str]:
        with closing(HubMail(config)) as mail:
            return [line for _, line in mail.verdicts() if about in line]

    was = judged(hub)
    places.rename(hub, name, "other")
    assert judged(cut(hub, 1)) == was != []


def test_to_and_fro_does_not_make_its_history_longer_and_longer(hub: Config) -> None:
    hub = cut(hub, 2)
    was, home = everything(hub), cells.cell_of(hub, cells.CONFERENCES, "pay")
    counts = []
    for _ in range(3):
        for to in (1 - home, home):
            dividing.move(hub, "conferences", "pay", to)
        repo = open_repo(hub.in_cell(home).mail_repo)
        counts.append(int(repo.git("rev-list", "--count", "main")))
        assert everything(hub) == was
    assert counts[2] - counts[1] <= counts[1] - counts[0]


@pytest.mark.parametrize(
    ("kind", "name", "cell", "error"),
    [
        ("conferences", "nowhere", 1, HubError),
        ("conferences", "bar", 2, UsageError),
        ("libraries", "bar", 1, UsageError),
    ],
)
def test_what_cannot_move_is_said(
    hub: Config, kind: str, name: str, cell: int, error: type[Exception]
) -> None:
    hub = cut(hub, 2)
    with pytest.raises(error):
        dividing.move(hub, kind, name, cell)


def test_two_messages_of_one_id_keep_their_octets_in_one_cell(tmp_path: Path) -> None:
    hub = smallhub.make(
        tmp_path, *(Conference(name, {"en": name}, posting="open") for name in ("bar", "pay"))
    )
    hub = cut(hub, 2)
    dividing.move(hub, "conferences", "bar", 0)
    dividing.move(hub, "conferences", "pay", 1)
    octets = {}
    for name in ("bar", "pay"):
        octets[name] = smallhub.mail(f"as {name} got it")
        send(hub, octets[name], f"{name}@hub.example")
    dividing.move(hub, "conferences", "pay", 0)
    with closing(HubMail(hub)) as mail:
        for name, raw in octets.items():
            found = mail.find(PostId(post_id("1@union.example")), name)
            assert found
            assert mail.raw(found, name) == raw


def test_what_is_erased_is_erased_in_every_cell(hub: Config) -> None:
    hub = cut(cut(hub, 4), 2)
    gone = smallhub.mail("water", msgid="<water@union.example>").splitlines()[-1]
    erase.erase_posts(hub, [PostId(post_id("water@union.example"))], reason="law", by="t")
    for repo in cells.mail_repos(hub):
        listed = open_repo(repo).git("cat-file", "--batch-all-objects", "--batch=%(objectname)")
        assert b"\r\n\r\n" + gone not in listed, repo
    send(hub, smallhub.mail("water", msgid="<water@union.example>"), "water@hub.example")
    with closing(HubMail(hub)) as mail:
        assert mail.find(PostId(post_id("water@union.example")), "water") is None


def test_nothing_is_carried_on_while_it_is_erased(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A move that begins when one cell is gone through would bring it back from the other."""
    hub = cut(hub, 2)
    dividing.move(hub, "conferences", "pay", 1)
    cut_out, began = erase._from_mail, list[threading.Thread]()

    def and_then_one_moves(*given: Any) -> None:
        cut_out(*given)
        if not began:
            began.append(
                threading.Thread(target=dividing.move, args=(hub, "conferences", "pay", 0))
            )
            began[0].start()
            began[0].join(1)

    monkeypatch.setattr(erase, "_from_mail", and_then_one_moves)
    erase.erase_posts(hub, [WAITS], reason="law", by="t")
    began[0].join()
    assert cells.cell_of(hub, cells.CONFERENCES, "pay") == 0
    for repo in cells.mail_repos(hub):
        listed = open_repo(repo).git("cat-file", "--batch-all-objects", "--batch=%(objectname)")
        assert b"\r\n\r\nwaits" not in listed, repo


def test_a_new_cell_knows_what_was_erased_before_it_was_there(hub: Config) -> None:
    erase.erase_posts(hub, [WAITS], reason="law", by="t")
    for repo in cells.mail_repos(cut(hub, 8)):
        assert [Path(one).name for one in smallhub.files(repo, "erased")] == [WAITS], repo


def test_a_conference_is_not_moved_while_it_is_renamed(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits under its old name would be sought in the cell that it goes to."""
    hub = cut(hub, 2)
    dividing.move(hub, "conferences", "pay", 1)
    mail, began = moving.mail, list[threading.Thread]()

    def as_it_moves(*given: Any) -> None:
        began.append(threading.Thread(target=dividing.move, args=(hub, "conferences", "wages", 0)))
        began[0].start()
        began[0].join(1)
        mail(*given)

    monkeypatch.setattr(moving, "mail", as_it_moves)
    places.rename(hub, "pay", "wages")
    began[0].join()
    assert cells.cell_of(hub, cells.CONFERENCES, "wages") == 0
    with closing(HubMail(hub)) as found:
        assert found.held_raw("wages", WAITS)
        assert found.find(HELD, "wages")
    assert fsck.check(hub) == []


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1)])
def test_a_hub_is_cut_between_a_renaming_that_was_killed_and_its_end(
    hub: Config, before: int, after: int
) -> None:
    """What waits lies under the old name then, which no conference has any more."""
    hub = cut(hub, before)
    if before > 1:
        dividing.move(hub, "conferences", "pay", before - 1)
    assert killed(lambda: places.rename(hub, "pay", "wages"), "rename.after-move")
    hub = cut(hub, after)
    assert places.finish(hub)
    with closing(HubMail(hub)) as found:
        assert found.held_raw("wages", WAITS)
        assert found.find(HELD, "wages")
        assert [one.conference for one in found.held()] == ["wages"]
    assert fsck.check(hub) == []
    for repo in cells.mail_repos(hub):
        assert not smallhub.files(repo, "held/pay")


def test_a_damaged_cells_json_is_said_and_nothing_is_guessed(hub: Config) -> None:
    (hub.private / cells.FILE).write_bytes(b'{"cells": 2')
    with pytest.raises(HubError, match=r"cells\.json cannot be read.*backup"):
        cells.cell_of(hub, cells.CONFERENCES, "bar")


def test_doubling_moves_half_and_each_to_one_new_cell() -> None:
    names = [f"list-{number}" for number in range(400)]
    for count in (1, 2, 4, 32):
        moved = 0
        for name in names:
            old, new = (cells.place("conferences", name, n) for n in (count, 2 * count))
            assert new in (old, old + count)
            moved += new != old
        assert 140 < moved < 260


def test_mail_goes_on_while_a_conference_moves(hub: Config) -> None:
    """The copy is made while mail comes; what came during it is there after it."""
    hub = cut(hub, 2)
    home = cells.cell_of(hub, cells.CONFERENCES, "bar")
    pid = os.fork()
    if not pid:
        try:
            for to in (1 - home, home, 1 - home, home):
                dividing.move(hub, "conferences", "bar", to)
        finally:
            os._exit(0)
    mids = []
    for number in range(12):
        msgid = f"n{number}@union.example"
        mids.append(PostId(post_id(msgid)))
        send(hub, smallhub.mail(str(number), msgid=f"<{msgid}>"), "bar@hub.example")
    os.waitpid(pid, 0)
    ingest_all(hub, log=maillog.to_nobody())
    kept = {Path(one).stem for one in smallhub.files(hub.conference_repo("bar"), "topics")}
    with closing(HubMail(hub)) as mail:
        for mid in mids:
            assert mid in kept
            assert mail.find(mid, "bar"), "the courier will look for it"
    assert fsck.check(hub) == []


def test_a_backup_has_all_cells_and_where_mail_lies(hub: Config) -> None:
    hub = cut(hub, 3)
    waits = Spool(hub.in_cell(2).spool_in).put([smallhub.item(smallhub.mail())])
    with moment.of_hub(hub) as found:
        named = {one.path: one.source.read_bytes() for one in found.files}
    assert named["private/cells.json"] == (hub.private / cells.FILE).read_bytes()
    assert f"spool/in-2/{waits.name}" in named
    for one in (1, 2):
        assert f"private/cells/{one}/mail.git/HEAD" in named


def test_a_conference_that_is_renamed_keeps_its_cell_and_its_mail(hub: Config) -> None:
    hub = cut(hub, 2)
    dividing.move(hub, "conferences", "pay", 1)
    with closing(HubMail(hub)) as mail:
        raw = mail.held_raw("pay", WAITS)
    for new in (f"wages-{number}" for number in range(9)):  # one whose name is of the other cell
        if cells.place("conferences", new, 2) == 0:
            break
    places.rename(hub, "pay", new)
    assert cells.cell_of(hub, cells.CONFERENCES, new) == 1
    with closing(HubMail(hub)) as mail:
        assert mail.held_raw(new, WAITS) == raw
        assert mail.find(HELD, new)
    assert fsck.check(hub) == []
