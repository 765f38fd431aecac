"""Sites in a Pelican theme of the operator's, in place of a preset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solicomm_build.config import Config
from solicomm_build.pipeline.render import Job
from solicomm_build.pipeline.sites.pages import SitePages
from solicomm_build.pipeline.sources import Planned


def find(config: Config, name: str) -> tuple[Path, ...]:
    """The theme of this name, and what it needs; empty when the site uses a preset."""
    del config, name
    return ()


def planned(pages: SitePages, themes: tuple[Path, ...], job: Job) -> Iterator[Planned]:
    """The pages of a site."""
    del themes, job
    yield from pages.everything()
