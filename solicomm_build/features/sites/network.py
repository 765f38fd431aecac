"""Sites of unions, of which other hubs may keep copies to read."""

from __future__ import annotations

from solicomm_build.features.sites import copies
from solicomm_build.features.sites.values import site
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.elsewhere import Copied


def _is_public(blob: bytes) -> bool:
    site.decode_site(blob)
    return True


COPIED = {"unions": Copied(Config.union_repo, copies.place, site.FILE, _is_public, False)}
