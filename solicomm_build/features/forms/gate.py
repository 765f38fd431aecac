"""Forms that are pushed to conferences."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.gate.hooks import InConference
from solicomm_build.post.conference import Conference


def _named(conference: Conference) -> Iterator[tuple[str, str]]:
    if not conference.forms:
        return
    from solicomm_build.features.forms.values import form as forms

    for ref in conference.forms:
        yield ref, forms.path(ref)


FILES = {"forms": InConference("solicomm_build.features.forms.pushed", _named)}
