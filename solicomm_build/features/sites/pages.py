"""What a hub shows of sites."""

from __future__ import annotations

from solicomm_build.builder.sections import Afterwards, Built
from solicomm_build.features.sites.rendering.copied import CopySection
from solicomm_build.features.sites.rendering.drawing import BackgroundDrawing
from solicomm_build.features.sites.rendering.fronting import front
from solicomm_build.features.sites.rendering.preview import BackgroundPreviews, bring_up_to_date
from solicomm_build.features.sites.rendering.section import SiteSection
from solicomm_build.foundation.hub.config import Config


def _drafts(config: Config, hub: Built, full: bool) -> None:
    del full
    bring_up_to_date(config, hub)


def _nothing(config: Config, hub: Built, full: bool) -> None:
    """Pages are drawn for editors while a builder runs, and not by hand."""
    del config, hub, full


SECTIONS = (SiteSection(), CopySection())
AFTERWARDS = (
    Afterwards("drawing", 10, BackgroundDrawing, _nothing),
    Afterwards("drafts", 20, BackgroundPreviews, _drafts),
)
FRONT = front
