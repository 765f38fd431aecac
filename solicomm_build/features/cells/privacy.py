"""Copies of a hub on other machines, and snapshots of repositories in S3, hold what was written: of
an erasure each says when it has nothing of it any more."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Copy, Gone


def _followers(config: Config, gone: Gone) -> Iterator[Copy]:
    if config.cluster.is_shared:
        from solicomm_build.features.cells import forgetting

        yield from forgetting.followers(config, gone)


def _snapshots(config: Config, gone: Gone) -> Iterator[Copy]:
    s3 = config.cluster.s3
    if config.cluster.is_shared and s3 is not None and s3.spool:
        from solicomm_build.features.cells import forgetting

        yield forgetting.snapshots(config, gone)


def _folders(config: Config, gone: Gone) -> Iterator[Copy]:
    if config.cluster.is_shared and config.cluster.divided:
        from solicomm_build.features.cells import forgetting

        yield from forgetting.folders(config, gone)


def _others(config: Config, gone: Gone) -> Iterator[Copy]:
    """The hub's own folders on machines that stand by, which do it by themselves
    (PrivacyHook.HERE)."""
    del gone
    cluster = config.cluster
    for name in cluster.git.names if cluster.is_shared and not cluster.divided else ():
        said = "what it had of the hub when it had it goes within two minutes while it runs, its"
        said += " pages when it has the hub next"
        yield Copy(f"hub's folder at {name}", "told", said)


def _aside(config: Config) -> None:
    if config.cluster.is_shared or config.private.joinpath("left-behind").is_dir():
        from solicomm_build.git.replica import setaside

        setaside.sweep(config)


TOLD = (_others,)
OVER = (_aside,)
COPIES = (_followers, _folders, _snapshots)
