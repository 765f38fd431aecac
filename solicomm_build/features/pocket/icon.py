"""The small picture that shows a hub among others in a reader of ZIM: its initial on its colour."""

from __future__ import annotations

import io
from pathlib import Path

from solicomm_build.foundation.hub.config import Config

SIDE = 48  # pixels (openzim, Metadata: Illustration_48x48@1)

_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
_ACCENT, _PAPER = "#96301f", "#fdfaf4"


def drawn(config: Config) -> bytes:
    """The picture as PNG."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (SIDE, SIDE), config.brand.light or _ACCENT)
    letter = config.name.strip()[:1].upper() or "S"
    font = (
        ImageFont.truetype(str(_FONT), 32) if _FONT.is_file() else ImageFont.load_default(size=32)
    )
    ImageDraw.Draw(image).text((SIDE / 2, SIDE / 2), letter, _PAPER, font, anchor="mm")
    octets = io.BytesIO()
    image.save(octets, "PNG", optimize=True)
    return octets.getvalue()
