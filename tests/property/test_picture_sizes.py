"""A picture that is too large is made no smaller than it must be, however narrow the limit."""

from __future__ import annotations

import io
import random
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from solicomm_build.cleaning import kinds, picture
from solicomm_build.cleaning.picture import Wish

KINDS = {kinds.PNG: "PNG", kinds.JPEG: "JPEG", kinds.BMP: "BMP"}


@cache
def _sample(kind: str, width: int, height: int, rough: bool) -> bytes:
    """A photo (`rough`) or a drawing of few colours."""
    chance = random.Random(1)
    coarse = Image.new("RGB", (width // 8, height // 8))
    step = 1 if rough else 64
    coarse.putdata(
        [
            tuple(chance.randrange(0, 256, step) for _ in range(3))
            for _ in range(coarse.width * coarse.height)
        ]
    )
    whole = coarse.resize(
        (width, height), Image.Resampling.BICUBIC if rough else Image.Resampling.NEAREST
    )
    target = io.BytesIO()
    whole.save(target, KINDS[kind])
    return target.getvalue()


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from([(1400, 900), (700, 1100), (500, 480)]),
    st.booleans(),
    st.floats(0.002, 1.2),
)
def test_the_next_larger_size_would_not_fit(
    kind: str, size: tuple[int, int], rough: bool, share: float
) -> None:
    data = _sample(kind, *size, rough)
    most = max(3_000, int(len(data) * share))
    try:
        made = picture.clean(data, kind, Wish(most, small=False)).octets
    except ValueError:
        whole = picture._upright(data, kind, 0)
        saved = KINDS[kind] if kind != kinds.BMP else "PNG"
        assert len(picture._at(whole, min(320, max(size)), saved, most)) > most
        return
    assert len(made) <= most
    with Image.open(io.BytesIO(made)) as image:
        side = max(image.size)
    whole = picture._upright(data, kind, 0)
    larger = [one for one in picture._SIDES if side < one < max(size)]
    if side < max(size):
        above = min(larger) if larger else 0
        saved = KINDS[kind] if kind != kinds.BMP else "PNG"
        assert len(picture._at(whole, above, saved, most)) > most, (side, above)
