"""A text that is changed and lies elsewhere from then on, as news whose day is in another year."""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.features.sites.siteedits import Edit


def moved(edit: Edit, to: str) -> list[Edit]:
    """The edits that write a text at `to` and, where that is another path, take away the file that
    was changed."""
    if to == edit.path:
        return [edit]
    gone = [Edit(edit.path, None, edit.base)] if edit.base else []
    return [*gone, replace(edit, path=to, base=None)]
