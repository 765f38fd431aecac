"""A restored or copied hub mails nobody until the operator says so."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.cli.main import main
from solicomm_build.courier import home, place
from solicomm_build.courier.run import deliver
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.safeio import locked
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.cursor import COURIER, Cursor, consumers
from solicomm_build.git.repo import open_repo
from solicomm_build.testing.listhub import WHEN, ListHub, message

_ENTRY = re.compile(rb"^From water-bounces", re.MULTILINE)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    """A list with members of both kinds and two posts that went out."""
    made = ListHub(tmp_path / "hub")
    made.members(["ana@union.example", "bo@union.example"])
    made.members(["di@union.example"], digest="daily")
    _deliver(made)
    made.post(message(1))
    made.post(message(2))
    _deliver(made)
    _deliver(made, days=2)
    assert _copies(made) == 5
    made.config.sink.unlink()
    yield made
    made.close()


def _deliver(hub: ListHub, *, days: int = 0) -> None:
    with clock.fixed(WHEN + timedelta(days=days)):
        asyncio.run(deliver(hub.config, once=True, log=maillog.to_nobody()))


def _copies(hub: ListHub) -> int:
    sink = hub.config.sink
    return len(_ENTRY.findall(sink.read_bytes())) if sink.exists() else 0


def _cloned(hub: ListHub) -> None:
    """What a clone does not have: every cursor."""
    for repo in (hub.list, open_repo(hub.config.mail_repo), open_repo(hub.config.roster_repo)):
        for consumer in consumers(repo, ""):
            Cursor(repo, consumer).forget()


def test_a_list_restored_from_a_clone_mails_no_archive(hub: ListHub) -> None:
    _cloned(hub)
    _deliver(hub, days=3)
    _deliver(hub, days=5)  # digests, too
    assert _copies(hub) == 0
    hub.post(message(3))
    _deliver(hub, days=5)
    _deliver(hub, days=7)
    assert _copies(hub) == 3, "what is new goes out: two copies and a digest"


def test_forward_only_by_command(hub: ListHub) -> None:
    hub.post(message(3))
    moved = place.skip_to_tip(hub.config, "water")
    assert (moved.posts, moved.now) == (0, hub.list.ref())
    _deliver(hub, days=3)
    _deliver(hub, days=5)
    assert _copies(hub) == 0


def test_back_only_by_command(hub: ListHub) -> None:
    first = hub.list.git("rev-parse", "main~2").decode().strip()
    assert place.posts_after(hub.config, "water", first[:10]) == 2
    moved = place.go_to(hub.config, "water", first[:10])
    assert (moved.posts, moved.now) == (2, first)
    _deliver(hub, days=3)
    _deliver(hub, days=5)
    assert _copies(hub) == 5


def test_not_while_the_courier_is_at_work(hub: ListHub) -> None:
    with locked(hub.config.spool_out / ".lock"), pytest.raises(HubError, match="Stop the hub"):
        place.skip_to_tip(hub.config, "water")


def test_not_to_where_the_list_never_was(hub: ListHub) -> None:
    for commit in ("0123456789", "", "--all"):
        with pytest.raises(UsageError, match="has no commit"):
            place.go_to(hub.config, "water", commit)
    with pytest.raises(HubError, match="no list or conference nowhere"):
        place.skip_to_tip(hub.config, "nowhere")


def test_a_conference_has_a_place_as_a_list_has(hub: ListHub) -> None:
    talk = hub.add_conference("talk", kind="conference")
    hub.post(message(1), to="talk")
    assert place.skip_to_tip(hub.config, "talk").now == talk.ref()


# -- home -------------------------------------------------------------------------------------


@pytest.fixture
def run(hub: ListHub) -> Callable[..., str]:
    from click.testing import CliRunner

    text = hubyaml.template("Test", "hub.example")
    text = text.replace("delivery: sink", "delivery: relay")
    (hub.config.root / "hub.yaml").write_text(text, "utf-8")

    def run(*words: str, root: Path | None = None, text: str | None = None) -> str:
        words = (*words, "--hub", str(root or hub.config.root))
        return CliRunner().invoke(main, words, input=text, catch_exceptions=False).output

    return run


def test_a_copied_hub_mails_nobody_until_told(hub: ListHub, run: Callable[..., str]) -> None:
    config = replace(hub.config, delivery="relay")
    assert home.is_home(config), "the first time it is where it is"
    hub.post(message(3))
    copy = Path(shutil.copytree(hub.config.root, hub.config.root.with_name("copy")))
    assert "copied or moved" in run("deliver", "--once", root=copy)
    assert "NO MAIL GOES OUT" in run("status", root=copy)
    assert "NO MAIL GOES OUT" not in run("status")
    assert Spool(replace(config, root=copy).spool_out).pending() == []
    assert "Aborted" in run("deliver", "--here", root=copy, text="n\n")
    assert not home.is_home(replace(config, root=copy))
    assert "from here now" in run("deliver", "--here", "--yes", root=copy)
    assert home.is_home(replace(config, root=copy))
    assert home.is_home(config)


def test_a_running_courier_waits_and_goes_on_when_told(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(hub.config, delivery="relay", relay=("127.0.0.1", 9))
    home.settle(replace(config, root=config.root.parent))
    (config.spool_out / ".home").write_text("another\n")
    monkeypatch.setattr("solicomm_build.courier.run._LOOK", 0.01)
    log = maillog.to_nobody()

    async def scenario() -> None:
        stop, warm = asyncio.Event(), asyncio.Event()
        work = asyncio.create_task(deliver(config, stop=stop, on_warm=warm.set, log=log))
        await asyncio.wait_for(warm.wait(), 30)
        assert log.counters() == {"delivery-stopped": 1}
        warm.clear()
        home.settle(config)
        await asyncio.wait_for(warm.wait(), 30)
        stop.set()
        await asyncio.wait_for(work, 30)

    asyncio.run(scenario())


def test_the_sink_needs_no_home(hub: ListHub) -> None:
    assert home.is_home(hub.config)
    assert not (hub.config.spool_out / ".home").exists()


def test_commands(hub: ListHub, run: Callable[..., str]) -> None:
    hub.post(message(3))
    tip = Cursor(hub.list, COURIER).read()
    assert "Write `solicomm deliver --skip-to-tip LIST`" in run("deliver", "water")
    assert "Write `solicomm deliver --skip-to-tip LIST`" in run("deliver", "--go-to", str(tip))
    told = run("deliver", "--go-to", "main~2", "water", text="n\n")
    assert "2 posts of water will go out" in told
    assert Cursor(hub.list, COURIER).read() == tip
    assert "2 posts to send" in run("deliver", "--go-to", "main~2", "water", "--yes")
    assert "0 posts to send" in run("deliver", "--skip-to-tip", "water")
