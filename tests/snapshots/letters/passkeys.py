"""What the hub writes to who has a new passkey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from solicomm_build.features.passkeys.ceremony import Made
from solicomm_build.features.passkeys.passkeyfile import Passkeys
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import NOW
from tests.snapshots.kept import Mail
from tests.snapshots.stage import Stage


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    keys = Passkeys(stage.hub.config)
    spent = (b"challenge", NOW + timedelta(hours=1))
    keys.add(1, b"handle", Made("id", b"key", 0), "Firefox, Android", spent, NOW)
    keys.close()
    for item in stage.hub.work():
        yield "a new passkey", parse(item.raw)
