"""What the courier asks about posts that came from other hubs."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId


def _message_id(config: Config, mid: PostId) -> str:
    from solicomm_build.features.network.carrying import messageids

    return messageids.of(config, [mid]).get(mid, "")


MESSAGE_ID = _message_id
