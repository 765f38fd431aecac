"""Pelican is loaded without what it is never asked for, and others get the real modules."""

from __future__ import annotations

import subprocess
import sys

from solicomm_build.foundation.hub.config import Config

_LOAD = "import sys\nfrom solicomm_build.builder.bare import pelican\n"


def _told(script: str, *words: str) -> str:
    command = [sys.executable, "-c", script, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_what_is_left_out_is_not_loaded() -> None:
    script = (
        "print([n for n in ('docutils', 'pygments', 'rich', 'watchfiles') if n in sys.modules])"
    )
    assert _told(_LOAD + script) == "[]"


def test_its_reader_of_restructuredtext_is_off() -> None:
    script = "from pelican.readers import RstReader, HTMLReader\n"
    assert _told(f"{_LOAD}{script}print(RstReader.enabled, HTMLReader.enabled)") == "False True"


def test_its_console_says_nothing() -> None:
    script = "pelican.log.console.print('Done')\npelican.log.console.quiet = True"
    assert _told(_LOAD + script) == ""


def test_others_get_the_real_modules_afterwards() -> None:
    script = "import docutils.core, pelican.rstdirectives\n"
    script += "print(b'*x*' in docutils.core.publish_string('a *x* b', source_path='-'), end='')\n"
    script += "print(docutils.core.publish_doctree('a *x* b').astext())"
    assert _told(_LOAD + script) == "Falsea x b"


def test_what_is_there_already_stays() -> None:
    script = "import docutils.core\nfrom solicomm_build.builder.bare import pelican\n"
    script += "from pelican.readers import RstReader\nprint(RstReader.enabled)"
    assert _told(script) == "True"


def test_a_child_that_makes_pages_has_nothing_left_to_load(built_hub: Config) -> None:
    """What a child loads, every child of every build loads anew."""
    script = """
import sys
from pathlib import Path
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import hubs

plain = Renderer._run

def run(self, job):
    before = set(sys.modules)
    plain(self, job)
    if set(sys.modules) - before and job.planned:
        print(sorted(set(sys.modules) - before), flush=True)

hub = hubyaml.load(Path(sys.argv[1]))
builder = Builder(hub, data.theme())
builder.build()
Renderer._run = run
hubs.add(hub, "organising", [hubs.post("a", subject="First words")])
print(builder.build().written > 0)
builder.close()
"""
    assert _told(script, str(built_hub.root)) == "True"
