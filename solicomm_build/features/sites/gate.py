"""Pushes to unions' sites, whose drafts are branches beside main."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate.findings import Found
from solicomm_build.gate.hooks import Drafts, Repository


def _address(config: Config, union: str, branch: str) -> str:
    from solicomm_build.features.sites import drafts

    return drafts.address(config, union, branch)


def _moved(config: Config, union: str, gone: Sequence[str]) -> None:
    from solicomm_build.features.sites import drafts

    for branch in gone:
        drafts.forget(config, union, branch)
    drafts.note(config, union)


def _in_folder(config: Config, union: str, folder: Path) -> Found:
    from solicomm_build.features.sites import folders

    return folders.check(config, union, folder)


REPOSITORIES = {
    "unions": Repository(
        "solicomm_build.features.sites.pushed", "site.yaml", Drafts(_address, _moved), _in_folder
    )
}
