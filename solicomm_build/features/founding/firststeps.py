"""What a new hub needs of the feature."""

from __future__ import annotations

from solicomm_build.features.founding.firstconference import FirstConference

STEPS = (FirstConference,)
