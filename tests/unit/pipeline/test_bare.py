"""Pelican is loaded without what it is never asked for, and others get the real modules."""

from __future__ import annotations

import subprocess
import sys

_LOAD = "import sys\nfrom solicomm_build.builder.bare import pelican\n"


def _told(script: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


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
