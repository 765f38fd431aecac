"""What docs/howto/recovery.md tells an operator to do: its own words, run by a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from tests.faults import picture

GUIDE = Path(__file__).parents[2] / "docs" / "howto" / "recovery.md"


def commands(heading: str) -> str:
    """The shell commands below a heading of the guide."""
    text = GUIDE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)
    return str(block)


def tool(folder: Path) -> None:
    """Puts `solicomm` into a folder."""
    folder.mkdir(exist_ok=True)
    program = folder / "solicomm"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m solicomm_build.cli.main "$@"\n')
    program.chmod(0o755)


def mirrored(config: Config, folder: Path) -> None:
    """`git clone --mirror` of every repository, as a backup or another hub keeps it."""
    for repo in picture.repositories(config.root):
        where = folder / repo.path.relative_to(config.root)
        where.parent.mkdir(parents=True, exist_ok=True)
        command = ["git", "clone", "--quiet", "--mirror", "--no-hardlinks", repo.path, where]
        subprocess.run(command, check=True)


def run(heading: str, config: Config, **names: str) -> str:
    """Does what stands below a heading, with these names given; what it said. Raises
    CalledProcessError when the last command fails."""
    tools = config.root.with_name("tools")
    tool(tools)
    variables = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    root = Path(__file__).parents[2]
    variables |= {"PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(root)}
    done = subprocess.run(
        ["sh", "-c", commands(heading)],
        env=variables | {"HUB": str(config.root)} | names,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, heading, done.stdout, done.stderr)
    return done.stdout + done.stderr


def bring_back(config: Config, copies: Path, where: str) -> None:
    """One repository, from a copy. Raises CalledProcessError when the guide does not get there."""
    try:
        run("One repository, from a copy", config, WHERE=where, COPY=str(copies / where))
    finally:
        shutil.rmtree(config.root / f"{where}.broken", ignore_errors=True)
