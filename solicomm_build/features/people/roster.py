"""What the roster remembers of cards: whose each is."""

from __future__ import annotations

from solicomm_build.features.people.cardholders import TYPES, CardHolders

LEDGERS = {CardHolders: TYPES}
