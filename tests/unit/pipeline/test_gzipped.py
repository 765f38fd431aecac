from __future__ import annotations

import gzip
import struct

import pytest

from solicomm_build.builder.gzipped import gzipped

PAGE = b"".join(b"<p>%d Water is a right.</p>" % number for number in range(2_000))


@pytest.mark.parametrize("data", [b"", b"x", PAGE, bytes(range(256)) * 9])
def test_comes_out_again(data: bytes) -> None:
    assert gzip.decompress(gzipped(data)) == data


def test_is_a_function_of_the_octets_alone() -> None:
    assert gzipped(PAGE) == gzipped(bytes(PAGE))
    flags, mtime = struct.unpack("<3xBI", gzipped(PAGE)[:8])
    assert (flags, mtime) == (0, 0)


def test_is_as_small_as_by_zlib() -> None:
    assert len(gzipped(PAGE)) <= 1.02 * len(gzip.compress(PAGE, 6, mtime=0))
