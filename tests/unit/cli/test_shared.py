"""What stages share is there, is loaded once, and is set aside from the collector."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.cli import running, shared
from solicomm_build.cli import stages as stage_commands
from solicomm_build.cli.running import stages
from solicomm_build.features.files import stages as filestages
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web import run as webrun
from solicomm_build.web.serving.connection import Listening

_LOOK = """
import gc, sys
from solicomm_build.cli import shared
shared.load(["en", "ar"])
print(all(name in sys.modules for name in shared.modules()), gc.get_freeze_count() > 10_000)
from solicomm_build.foundation import i18n
print(i18n.translation.cache_info().currsize)
"""
_STAGES = [stage.module for stage in stages().values()]


def _told(script: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()


def test_all_is_loaded_and_frozen() -> None:
    told = " ".join(_told(_LOOK)).split()
    assert told[:2] == ["True", "True"]
    assert int(told[2]) >= 2


def test_a_stage_has_nothing_left_to_load() -> None:
    """An import in a stage would copy what it shares with the others."""
    script = f"{_LOOK}before = set(sys.modules)\n"
    script += "".join(f"import {name}\n" for name in _STAGES)
    script += (
        "import pelican.plugins.solicomm.registration\nprint(sorted(set(sys.modules) - before))"
    )
    assert _told(script)[-1] == "[]"
    assert len(set(shared.modules())) == len(shared.modules())


def test_work_begins_beforehand_when_what_makes_pages_is_there(tmp_path: Path) -> None:
    """It goes on while the rest is loaded."""
    script = f"""
import sys
from pathlib import Path
from solicomm_build.cli import shared
def begin():
    print(shared.PLUGINS in sys.modules, "solicomm_build.web.run" in sys.modules)
for _ in range(2):
    shared.load(["en"], Path({str(tmp_path)!r}), begin)
"""
    assert _told(script) == ["True False"]


def test_what_is_used_rarely_is_not_shared() -> None:
    """What decodes pictures or writes calendars is loaded by the child that does it."""
    rare = (
        "docutils",
        "pygments",
        "rich",
        "icalendar",
        "PIL.Image",
        "pypdfium2",
        "pikepdf",
        "lxml",
        "segno",
    )
    script = f"{_LOOK}print([name for name in {rare!r} if name in sys.modules])"
    assert _told(script)[-1] == "[]"


def test_holes_are_filled_with_little() -> None:
    script = f"{_LOOK}print(sum(map(sys.getsizeof, shared._fillings)))"
    assert 0 < int(_told(script)[-1]) < 4 << 20


def test_another_allocator_does_not_keep_it_busy() -> None:
    """Where there are no pools the filling ends all the same."""
    script = (
        "from solicomm_build.cli import shared\nshared._fill()\n"
        "print(sum(map(len, shared._fillings)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONMALLOC": "malloc"},
    ).stdout
    assert int(told) < 9 << 20


def test_stages_write_to_the_log_that_was_open(tmp_path: Path) -> None:
    """None of them opens it anew; a hub of the same folder that was read again has its own."""
    config = Config(tmp_path, "A hub", "hub.example", "https://hub.example")
    before = running.log_of(config)
    assert running.log_of(config) is not before
    running.open_log(config)
    try:
        assert running.log_of(config) is running.log_of(config)
        assert running.log_of(replace(config)) is not running.log_of(config)
        running.log_of(config).event("kept", id="one")
    finally:
        running._opened.clear()
    assert " kept id=one\n" in config.mail_log.read_text()


def test_the_web_server_gets_the_application_that_was_made_before(
    sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no file open and no thread when the process is forked that serves it."""
    monkeypatch.setattr(webrun, "_made", [])
    before, threads = set(os.listdir("/proc/self/fd")), threading.active_count()
    webrun.prepare(sample_hub)
    assert set(os.listdir("/proc/self/fd")) <= before
    assert threading.active_count() == threads
    made = webrun._made[0][1]
    assert webrun._prepared(sample_hub, is_node=False) is made
    assert webrun._prepared(sample_hub, is_node=True) is None
    assert webrun._prepared(replace(sample_hub), is_node=False) is None
    served = []

    async def serve(listening: Listening, *_: object, **__: object) -> None:
        served.append(listening.app)

    monkeypatch.setattr(webrun, "serve", serve)
    asyncio.run(webrun.serve_web(sample_hub, stop=asyncio.Event(), http=("127.0.0.1", 0)))
    assert served == [made]


class _Told(Exception):
    pass


def test_what_people_wait_for_most_gets_the_processor_first(
    sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post is committed first, then its page is made, then its copies go out."""

    def tell(by: int) -> None:
        raise _Told(by)

    monkeypatch.setattr(stage_commands, "stand_back", tell)
    monkeypatch.setattr(filestages, "stand_back", tell)
    order = []
    for stage in (running.ingest, running.build, running.deliver, running.desk, filestages._files):
        with pytest.raises(_Told) as told:
            stage(sample_hub, lambda: None)
        order.append(told.value.args[0])
    assert order == sorted(order)
    assert order[0] < order[1] < order[2] < order[3]
