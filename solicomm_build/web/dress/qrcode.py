"""A text as a QR code (ISO/IEC 18004), for cameras of telephones; alone knows segno."""

from __future__ import annotations

import io

_SCALE = 6  # units of the picture for each module of the code
_QUIET = 4  # modules around it


def picture(text: str) -> bytes:
    """A QR code as SVG: dark on light whatever is around it, so that every camera reads it."""
    import segno  # 2 MiB, for a picture that is made seldom

    target = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        target,
        kind="svg",
        scale=_SCALE,
        border=_QUIET,
        dark="#000",
        light="#fff",
        xmldecl=False,
        nl=False,
    )
    return target.getvalue()
