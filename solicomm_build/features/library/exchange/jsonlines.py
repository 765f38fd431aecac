"""JSON that people may read, a value a line: what `json.dumps(…, indent=1)` gives, in half of its
time. With `indent` that works in Python, value by value, and a catalogue has two such files a page.
"""

from __future__ import annotations

import json
from typing import Any

_leaf = json.JSONEncoder(ensure_ascii=False).encode


def written(value: Any) -> bytes:
    """A value of dicts with keys of text, lists, texts, numbers, booleans and None, as UTF-8, with
    a line end."""
    return f"{_lines(value, chr(10))}\n".encode()


def _lines(value: Any, gap: str) -> str:
    """Recursive, as deep as the value; `gap` is a line end and the spaces of this depth."""
    if not value or not isinstance(value, (dict, list, tuple)):
        return _leaf(value)
    inner = f"{gap} "
    if isinstance(value, dict):
        items = [f"{_leaf(key)}: {_lines(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{gap}}}"
    return f"[{inner}{f',{inner}'.join([_lines(item, inner) for item in value])}{gap}]"
