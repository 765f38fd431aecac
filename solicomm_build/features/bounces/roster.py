"""What the roster remembers of mail that came back."""

from __future__ import annotations

from solicomm_build.features.bounces.bounceledger import TYPES, Returns

LEDGERS = {Returns: TYPES}
