"""What the looks of a site are like, as small drawings: to choose by looking. Pure.

Each is SVG of plain shapes in the preset's own papers and inks; nothing in it is text.
"""

from __future__ import annotations

from solicomm_build.features.sites.values.preset import PRESETS, colours

_W, _H = 176, 120


def drawing(preset: str, accent: str) -> str:
    """The drawing of a preset with a site's colour."""
    c = colours(preset, accent, dark=PRESETS[preset].by_night)
    made = _head(preset, c) + _body(preset, c)
    return (
        f'<svg viewBox="0 0 {_W} {_H}" width="{_W}" height="{_H}" aria-hidden="true" '
        f'focusable="false">{_box(0, 0, _W, _H, c["paper"])}{made}</svg>'
    )


def _box(x: int, y: int, w: int, h: int, fill: str, more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}"{more}/>'


def _lines(x: int, y: int, w: int, count: int, fill: str) -> str:
    return "".join(
        _box(x, y + 8 * n, w if n < count - 1 else w * 2 // 3, 3, fill) for n in range(count)
    )


def _head(preset: str, c: dict[str, str]) -> str:
    if preset == "banner":
        return _box(0, 0, _W, 30, c["band"]) + _box(12, 11, 80, 8, c["on-band"])
    if preset == "poster":
        return _box(10, 8, 120, 14, c["ink"]) + _box(10, 27, 156, 4, c["ink"])
    if preset == "journal":
        rule = _box(10, 8, 156, 1, c["ink"]) + _box(10, 30, 156, 2, c["ink"])
        return rule + _box(43, 14, 90, 10, c["ink"])
    return _box(12, 12, 76, 8, c["ink"]) + _box(12, 27, 152, 2, c["accent"])


def _body(preset: str, c: dict[str, str]) -> str:
    if preset == "banner":
        cards = (12, 92)
        return "".join(
            _box(x, 40, 72, 66, c["card"], f' stroke="{c["line"]}"')
            + _box(x + 8, 48, 44, 5, c["accent"])
            + _lines(x + 8, 60, 56, 4, c["soft"])
            for x in cards
        )
    if preset == "poster":
        return (
            _box(10, 40, 84, 68, c["band"])
            + _box(18, 50, 60, 8, c["on-band"])
            + _box(18, 64, 44, 8, c["on-band"])
            + _lines(104, 44, 62, 7, c["ink"])
        )
    if preset == "journal":
        return _box(10, 40, 100, 8, c["accent"]) + "".join(
            _lines(x, 56, 46, 6, c["soft"]) for x in (10, 65, 120)
        )
    if preset == "bulletin":
        return "".join(
            _box(
                x, y, 68, h, c["card"], f' stroke="{c["line"]}" transform="rotate({turn} {x} {y})"'
            )
            + _box(x + 30, y + 3, 6, 6, c["accent"])
            + _lines(x + 8, y + 16, 50, 4, c["soft"])
            for x, y, h, turn in ((14, 40, 58, -2), (94, 38, 66, 2))
        )
    return (
        _lines(12, 40, 150, 4, c["soft"])
        + _box(12, 76, 60, 16, c["button"])
        + _lines(84, 78, 80, 3, c["soft"])
    )
