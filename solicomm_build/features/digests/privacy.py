"""Digests hold several posts: without one of them they are made anew."""

from __future__ import annotations

from solicomm_build.features.digests import withdrawn
from solicomm_build.features.digests.octets import KEY_FIELD

COLLECTIONS = (KEY_FIELD,)
WAITING = withdrawn
