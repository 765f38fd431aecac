"""JSON a value a line: the same octets as the standard library's."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.features.library.exchange.jsonlines import written

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(_VALUES)
def test_is_as_the_standard_library_writes_it(value: Any) -> None:
    wanted = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    assert written(value) == wanted.encode()


def test_tuples_are_lists() -> None:
    assert written({"a": ("b", ())}) == b'{\n "a": [\n  "b",\n  []\n ]\n}\n'
