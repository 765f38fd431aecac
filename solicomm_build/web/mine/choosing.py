"""Which of the lists and conferences a member looks after is meant, before a form is shown."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.web.mine.forms import link, text
from solicomm_build.web.mine.section import Visit


def of_one_place(
    visit: Visit, name: str, new: str, question: str, form: Callable[[str], str]
) -> str | None:
    """The form of the place called `name`, or of the only one; where there are several and none is
    named, `question` and a link to each below the address `new`. None for who may not."""
    places = visit.looked_after
    if not name and len(places) > 1:
        rows = "".join(
            f"<li>{link(f'{new}{one}/', visit.settings[one].title_in(visit.lang))}</li>"
            for one in places
        )
        return f"{text(question)}<ul>{rows}</ul>"
    name = name or next(iter(places), "")
    return form(name) if name in places else None
