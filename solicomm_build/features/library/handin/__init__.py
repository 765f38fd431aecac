"""Documents handed in on the page of a library."""

from __future__ import annotations

from typing import Final

FOLDER: Final = "handin"
"""Below `private/`: files that wait until their card is right."""
