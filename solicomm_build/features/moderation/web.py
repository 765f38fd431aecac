"""What waits for moderators, in My hub."""

from __future__ import annotations

from solicomm_build.features.moderation.onlistsection import OnList
from solicomm_build.features.moderation.waitingsection import Waiting

MINE = (Waiting, OnList)
