"""Files that are too large for git, in a folder beside their repository: `<id>.files/<aa>/…`.

Each is called by its SHA-256.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from solicomm_build.foundation import safeio


def move(before: Path, now: Path) -> None:
    """Has a folder of such files be called otherwise, or its files be in the one that is called so
    already: they are named by their content. Durable on return; safe to do again after a kill."""
    if now.exists():
        for file in sorted(before.glob("*/*")):
            target = now / file.relative_to(before)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            os.replace(file, target)
            safeio.fsync_dir(target.parent)
        shutil.rmtree(before)
    else:
        os.rename(before, now)
    safeio.fsync_dir(now.parent)
