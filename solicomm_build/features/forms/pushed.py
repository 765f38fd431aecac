"""A form that is pushed by a moderator. One that is there is never changed: the next version is a
file of its own."""

from __future__ import annotations

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile
from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed


def is_pushed(path: str) -> bool:
    """Whether a form may be called so."""
    return bool(forms.parse_path(path))


def is_hubs(_path: str) -> bool:
    """None is the hub's alone."""
    return False


def misplaced(path: str) -> ContentError:
    """The fault of any other name in the folder."""
    remedy = "Call a form forms/ID@VERSION.yaml, for example forms/collective-agreement@1.yaml"
    return ContentError("this is no name of a form", file=path, remedy=remedy)


def not_pushed(path: str) -> ContentError:
    """Never asked, since the hub adds none."""
    return misplaced(path)


def check(blob: bytes, path: str, *, is_history: bool = False) -> Findings:
    """A form, which is as sound at any time."""
    try:
        formfile.decode(blob, path)
    except SoliCommError as error:
        return Findings(listed(error, path))
    return Findings()
