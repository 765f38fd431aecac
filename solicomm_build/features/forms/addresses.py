"""`forms@`: the forms of all conferences."""

from __future__ import annotations

from solicomm_build.features.forms.formaddress import FORM
from solicomm_build.people.address import FORMS, SITE, ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _all_forms(finder: Finder, local: str) -> ListAddress | None:
    return ListAddress(SITE, FORM) if local == FORMS else None


KINDS = (
    Kind(
        5,
        _all_forms,
        first=True,
        reserved=frozenset({FORMS}),
        local_parts=lambda config: (FORMS,),
    ),
)
SUFFIXES = {FORM: FORM}
TOKENS = frozenset({FORM})
