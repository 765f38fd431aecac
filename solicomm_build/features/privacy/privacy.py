"""Erasure, for who has to erase posts because somebody else says so."""

from __future__ import annotations

from collections.abc import Sequence

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import PostId


def _posts(config: Config, mids: Sequence[PostId], reason: str, by: str, log: MailLog) -> None:
    from solicomm_build.features.privacy import asking, erase
    from solicomm_build.features.privacy.settling import settle

    receipt = erase.erase_posts(config, mids, reason=reason, by=by, log=log)
    settle(config, receipt.objects)
    asking.ask(config)


def _here(config: Config) -> None:
    if (config.private / "erasures").is_dir():
        from solicomm_build.features.privacy import following

        following.follow(config)


POSTS = _posts
HERE = _here
