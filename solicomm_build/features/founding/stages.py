"""The sample network's mail, sent once when all stages run."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config


def _send(config: Config) -> None:
    from solicomm_build.features.founding import samplemail

    samplemail.send(config)


SAMPLE_MAIL = _send
