"""Clones of a hub's repositories that push by path, as the gate meets them: without a server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import receiving


class Author:
    """Somebody with a copy who pushes by path; `rank` is what the grant says, None the operator."""

    def __init__(self, hub: Config, repo: str, folder: Path, rank: str | None, person: str) -> None:
        kind, _, name = repo.partition("/")
        root = hub.root / ("" if kind == "unions" else "content") / kind / f"{name}.git"
        self.repo, self.folder = root, folder
        facts = {"grant": "t-aaaaaaaa", "person": person, "role": rank, "lang": "en"}
        self.pusher = {} if rank is None else {receiving.PUSHER: json.dumps(facts)}
        self.git("clone", "-q", str(root), str(folder), cwd=folder.parent)

    def git(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        who = ("AUTHOR", "COMMITTER")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{one}_NAME": "Ana" for one in who},
            **self.pusher,
            **{f"GIT_{one}_EMAIL": "ana@users.hub.invalid" for one in who},
        }
        return subprocess.run(
            ["git", *words],
            cwd=cwd or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def send(self, files: dict[str, bytes | None], message: str = "x") -> str:
        """Commits the files (None: taken away) and pushes; what was said when it was refused."""
        self.put(files, message)
        done = self.git("push", "origin", "HEAD:main")
        return done.stderr.replace("remote: ", "") if done.returncode else ""

    def put(self, files: dict[str, bytes | None], message: str = "x") -> None:
        """Commits the files (None: taken away)."""
        for path, blob in files.items():
            file = self.folder / path
            if blob is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(blob)
        self.git("add", "-A")
        self.git("commit", "-qm", message)
