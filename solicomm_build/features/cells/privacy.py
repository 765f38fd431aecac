"""Snapshots of repositories in S3 hold what was written: they go with any erasure, and are made
anew the next night."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Erased, Taking


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    s3 = config.cluster.s3
    if not config.cluster.is_shared or s3 is None or not s3.spool:
        return
    from solicomm_build.git.replica.snapshots import Snapshots

    del gone
    if count := Snapshots(config).forget_all():
        taking.counted("snapshots in S3", count)


ERASE = _erase
