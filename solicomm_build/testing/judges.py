"""What judges pages in tests, axe-core and the Nu Html Checker, as the lock in tests/judges says.

They are fetched by npm into build/judges once a machine; a test that needs one is skipped where
that cannot be.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

from solicomm_build.foundation import safeio
from solicomm_build.testing import java

_ROOT = Path(__file__).resolve().parents[2]
LOCK = _ROOT / "tests" / "judges"
JUDGES = _ROOT / "build" / "judges"
_SECONDS = 300


@cache
def fetched(name: str, file: str) -> Path:
    """A file of one of the packages in the lock."""
    JUDGES.mkdir(parents=True, exist_ok=True)
    wanted = (LOCK / "package-lock.json").read_bytes()
    with safeio.locked(JUDGES / "fetch.lock"):
        there = JUDGES / "package-lock.json"
        if not there.is_file() or there.read_bytes() != wanted or not _file(name, file):
            _fetch()
    found = _file(name, file)
    if found is None:
        pytest.skip(f"{name} has no {file}")
    return found


def _file(name: str, file: str) -> Path | None:
    return next((JUDGES / "node_modules" / name).rglob(file), None)


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm here to fetch what judges pages")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, JUDGES / name)
    command = [npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    if subprocess.run(command, cwd=JUDGES, check=False, timeout=_SECONDS).returncode:
        (JUDGES / "package-lock.json").unlink()
        pytest.skip("what judges pages could not be fetched")


def violations(page: Page) -> list[str]:
    """What axe finds on an open page against WCAG 2.2 AA and its own best practices. The page must
    be of a context that passes the content security policy by."""
    axe = fetched("axe-core", "axe.min.js")
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']}).then((r) => r.violations)")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def html_errors(pages: Sequence[Path]) -> str:
    """What the Nu Html Checker finds in files; empty when nothing."""
    if shutil.which("java") is None:
        pytest.skip("there is no Java here")
    jar = fetched("vnu-jar", "vnu.jar")
    command = [
        *java.COMMAND,
        "-Xmx700m",
        "-Xss4m",
        "-jar",
        str(jar),
        "--errors-only",
        "--format",
        "gnu",
        *map(str, pages),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    return done.stderr.strip()
