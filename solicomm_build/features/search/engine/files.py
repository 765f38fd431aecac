"""The files of an index, wrapped so that a page opened from `file://` can load them as scripts
(docs/formats/search.md, section 1)."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from typing import Any

from solicomm_build.builder.gzipped import gzipped
from solicomm_build.features.search.engine.shard import damaged


def wrap(path: str, value: object) -> bytes:
    """The file at `path` below the root with a JSON value in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'solicommSearch("{path}",{text});\n'.encode("utf-8", "replace")


def wrap_binary(path: str, data: bytes) -> bytes:
    """The file at `path` below the root with bytes in it."""
    packed = base64.b64encode(gzipped(data)).decode("ascii")
    return wrap(path, packed)


def unwrap(data: bytes) -> Any:
    """The value in a file. Raises ContentError."""
    try:
        text = data.decode()
        if not text.startswith("solicommSearch(") or not text.endswith(");\n"):
            raise damaged("is cut short")
        return json.loads(text[text.index(",") + 1 : text.rindex(")")])
    except ValueError:
        raise damaged("is not of its form") from None


def unwrap_binary(data: bytes) -> bytes:
    """The bytes in a file. Raises ContentError."""
    try:
        return gzip.decompress(base64.b64decode(unwrap(data), validate=True))
    except (binascii.Error, TypeError, OSError, EOFError, zlib.error):
        raise damaged("is not of its form") from None
