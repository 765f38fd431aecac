"""Whether some erasure is not at its end: asked by every `status`, so it loads nothing of them."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config


def is_open(config: Config) -> bool:
    """Whether some erasure waits for copies, or was killed. Quick."""
    folder = config.private / "erasures"
    return folder.is_dir() and any(folder.glob("*.todo"))
