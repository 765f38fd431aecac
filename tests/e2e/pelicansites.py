"""Sites of people who run Pelican themselves, with clones beside their settings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOADED = """
import json, os, sys
import pelican, pelican.plugins.solicomm.registration, pelican.plugins.solicomm.stock
from solicomm_build.builder import hooks
hooks.sections(), hooks.fronts()
for line in sys.stdin:
    folder, words = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    said = os.open(f"{folder}/said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1), os.dup2(said, 2)
    os.chdir(folder)
    os.environ.update(TMPDIR=f"{folder}/tmp", COLUMNS="300")
    pelican.main(words)
    sys.exit()
"""
_RUN = ("content", "-o", "out")


class Pelican:
    """A process of stock Pelican's that has loaded it, and ours, and runs it in children."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LOADED],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, folder: Path, words: Sequence[str]) -> tuple[int, str]:
        """What a run for the site in a folder ended with, and what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps((str(folder), words)) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, (folder / "said").read_text("utf-8")

    def close(self) -> None:
        with self._process:
            pass  # it ends with its input


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), *sys.path)))
    return {**os.environ, "PYTHONPATH": path, "COLUMNS": "300"}


@dataclass(slots=True)
class Site:
    """Somebody's own site, with clones beside its settings. Without a `pelican` that is loaded
    each run is a command."""

    folder: Path
    pelican: Pelican | None

    def settings(self, *lines: str, **asked: Any) -> None:
        """Writes pelicanconf.py."""
        about = ['SITENAME = "Ours"', 'SITEURL = ""', 'TIMEZONE = "UTC"', f"SOLICOMM = {asked!r}"]
        (self.folder / "pelicanconf.py").write_text("\n".join((*about, *lines)) + "\n")

    def run(self, *words: str) -> tuple[int, str]:
        """What a Pelican that knows nothing of us but that we are installed beside it ends with,
        and what it says."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        tmp = self.tmp
        if self.pelican:
            return self.pelican.run(self.folder, (*_RUN, *words))
        done = subprocess.run(
            [sys.executable, "-m", "pelican", *_RUN, *words],
            cwd=self.folder,
            env={**_environment(), "TMPDIR": str(tmp)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def tmp(self) -> Path:
        """Where the run makes what it needs."""
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder

    def made(self, *words: str) -> set[str]:
        """The files of a run that went well."""
        code, said = self.run("--fatal", "errors", *words)
        assert code == 0, said
        assert list(self.tmp.iterdir()) == []
        return files(self.folder / "out")

    def page(self, path: str) -> bytes:
        """A file of the run."""
        return (self.folder / "out" / path).read_bytes()


def files(root: Path) -> set[str]:
    """All files below a folder, but for compressed siblings."""
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return {
        one for one in found if one.removesuffix(".br").removesuffix(".gz") not in found - {one}
    }
