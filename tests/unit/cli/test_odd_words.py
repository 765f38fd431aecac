"""Words that nothing can be done with end with a sentence, and never with a trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("bounces revert --since 0001-01-01T00:00:00+23:59", 64, "is not a time. Write for"),
        ("audit --since 0001-01-01T00:00:00+23:59", 64, "is not a time. Write for"),
        ("peer add http://[::1", 64, "http://[::1 is no address: Invalid IPv6 URL"),
        ("peer add https://hub.example:99999", 64, "is no address: Port out of range"),
        ("stick nowhere/x --size 0", 64, "0 is no size. Write for example 4G"),
        ("zim nowhere/x.zim --split 0.0M", 64, "0.0M is no size. Write for example 4G"),
        ("cluster init a b c --ssh-port 0", 64, "0 is not in the range"),
        ("site history nobody", 66, "There is no site of nobody. See: solicomm site list"),
        ("site rollback nobody", 66, "There is no site of nobody. See: solicomm site list"),
    ],
)
def test_a_word_that_is_odd_is_told(on_hub: Run, words: str, code: int, says: str) -> None:
    told = on_hub(*words.split())
    assert (told.exit_code, says in told.stderr) == (code, True), told.stderr
