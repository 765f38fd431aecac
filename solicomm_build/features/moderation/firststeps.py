"""What a new hub needs of the feature."""

from __future__ import annotations

from solicomm_build.features.moderation.firstmoderator import FirstModerator

STEPS = (FirstModerator,)
