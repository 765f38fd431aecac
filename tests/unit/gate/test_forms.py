"""Forms that are pushed: who may, what is sound, and that conference.yaml names what is there."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from solicomm_build.features.forms import pushed
from solicomm_build.foundation.errors import ContentError
from solicomm_build.gate import conferencefiles
from solicomm_build.post.conference import Conference

BLOB = (Path(__file__).parents[3] / "content/forms/rights-violation@1.yaml").read_bytes()
PATH = "forms/rights-violation@1.yaml"


def test_moderators_add_forms_and_nobody_changes_one() -> None:
    assert conferencefiles.place(PATH) == "forms"
    assert conferencefiles.rank_for("forms", adds=True, restricted=False) == "moderator"
    assert conferencefiles.rank_for("forms", adds=False, restricted=False) == "operator"


def test_a_form_is_looked_at_whole() -> None:
    assert not pushed.check(BLOB, PATH).faults
    bad = BLOB.replace(b"required: true", b"pattern: (a+)+$", 2)
    faults = pushed.check(bad, PATH).faults
    assert len(faults) == 2
    assert all("is not a known key" in str(fault) for fault in faults)


@pytest.mark.parametrize(
    "name", ["forms/x.yaml", "forms/X@1.yaml", "forms/x@0.yaml", "forms/a/b@1.yaml"]
)
def test_names_of_forms(name: str) -> None:
    fault = conferencefiles.misplaced(name)
    assert isinstance(fault, ContentError)
    assert "forms/ID@VERSION.yaml" in str(fault)


def test_settings_name_forms_that_are_there() -> None:
    used = Conference("bar", {"en": "Bar"}, forms=("rights-violation@1", "other@2"))
    (fault,) = conferencefiles.check_named(used, lambda _: {PATH}).faults
    assert "`forms` names other@2" in str(fault)
    none = dataclasses.replace(used, forms=())
    assert not conferencefiles.check_named(none, lambda _: ()).faults
