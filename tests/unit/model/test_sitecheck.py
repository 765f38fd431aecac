"""What is wrong in the text of a page: `solicomm_build/features/sites/values/sitecheck.py`;
presets' contrast."""

from __future__ import annotations

import colorsys

import pytest

from solicomm_build.features.sites.values import preset, sitecheck
from solicomm_build.foundation import colour

TEXT = """---
title: x
---
![The gate](media/gate.jpg)
![](media/line.png "decorative")
![](media/lost.jpg)
`![](media/code.jpg)`
```
![](media/code.jpg)
```
Two: ![ ](media/a.png) and ![x](media/b.png) and ![](media/c.png "A title")
![][later]
"""


def test_a_picture_without_words_is_a_fault_with_its_line() -> None:
    found = sitecheck.check_text(TEXT, "pages/x.md")
    assert [fault.line for fault in found] == [6, 11, 11, 12]
    assert "media/lost.jpg" in found[0].fault
    assert "pages/x.md, line 6" in str(found[0])
    assert "decorative" in found[0].remedy


def test_warnings() -> None:
    text = "# One\n\n### Three\n\nFor fees [click here](page:fees) or see [the fees](page:fees).\n"
    found = sitecheck.warn_text(text, "pages/x.md")
    assert [(fault.line, fault.fault[:11]) for fault in found] == [
        (3, "the heading"),
        (5, "the link “c"),
    ]
    assert sitecheck.check_text(text, "x") == []


def test_media() -> None:
    assert sitecheck.check_media("a.png", 10, most=10) is None
    assert "10" in str(sitecheck.check_media("a.png", 11, most=10))
    assert "PNG" in str(sitecheck.check_media("a.SVG", 1, most=10))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", preset.PRESETS)
def test_every_accent_reads_on_every_paper(name: str, dark: bool) -> None:
    """WCAG 2.2, 1.4.3, for 72 accents all round the colour wheel, and for the preset's own inks."""
    papers = preset.PRESETS[name].dark if dark else preset.PRESETS[name].light
    for ground in papers.grounds:
        assert colour.contrast(papers.ink, ground) >= 7
        assert colour.contrast(papers.soft, ground) >= 4.5
    for hue in range(24):
        for value in (0.25, 0.55, 0.8):
            rgb = colorsys.hsv_to_rgb(hue / 24, 0.85, value)
            accent = "#" + "".join(f"{round(part * 255):02x}" for part in rgb)
            found = preset.colours(name, accent, dark=dark)
            for ground in papers.grounds:
                assert colour.contrast(found["accent"], ground) >= 4.5
            assert colour.contrast(found["on-band"], found["band"]) >= 4.5
            assert colour.contrast(found["on-button"], found["button"]) >= 4.5
