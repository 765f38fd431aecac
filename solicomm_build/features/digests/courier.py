"""Digests that are due are queued when nothing else waits."""

from __future__ import annotations

from solicomm_build.features.digests.sending import Digests

AFTER = Digests
