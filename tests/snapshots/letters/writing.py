"""What is asked about words that were written on a page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from solicomm_build.testing.asgi import Ask, asked
from solicomm_build.web.app import create_app
from tests.snapshots.kept import Mail
from tests.snapshots.stage import STRANGER, Stage


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    app = create_app(stage.hub.config)
    fields = {"subject": "How?", "text": "Who knows?", "name": "Eve", "email": STRANGER}
    form = Ask("POST", "/conferences/talk/", fields, {"accept-language": stage.lang})
    asyncio.run(asked(app, form, "192.0.2.1"))
    yield from (("asked about a text", one) for one in stage.hub.work())
