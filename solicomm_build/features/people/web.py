"""One's own card, in My hub."""

from __future__ import annotations

from solicomm_build.features.people.cardsection import MyCard

MINE = (MyCard,)
