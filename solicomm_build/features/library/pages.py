"""What a hub shows of libraries."""

from __future__ import annotations

from solicomm_build.features.library.rendering.citations import CITED
from solicomm_build.features.library.rendering.fronting import front
from solicomm_build.features.library.rendering.section import LibrarySection

__all__ = ["CITED", "FRONT", "SECTIONS"]
SECTIONS = (LibrarySection(),)
FRONT = front
