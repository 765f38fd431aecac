"""One's own data, in My hub."""

from __future__ import annotations

from solicomm_build.features.privacy.datasection import Data

MINE = (Data,)
