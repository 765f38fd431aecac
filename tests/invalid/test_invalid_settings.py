"""Settings that must be refused with the right words.

Each folder of `settings/` holds one file and `expected.txt`, whose lines must all stand in what the
person is told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.post import conference

CASES = sorted((Path(__file__).parent / "settings").iterdir())


def _load(case: Path) -> object:
    if (case / "hub.yaml").exists():
        return hubyaml.load(case)
    return conference.decode((case / "conference.yaml").read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_refused_with_the_right_words(case: Path) -> None:
    with pytest.raises(ContentErrors) as caught:
        _load(case)
    for words in (case / "expected.txt").read_text().splitlines():
        assert words in str(caught.value)
