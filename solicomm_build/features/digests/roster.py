"""What the roster remembers of digests: the last issue of each."""

from __future__ import annotations

from solicomm_build.features.digests.issue import TYPES, Issues

LEDGERS = {Issues: TYPES}
