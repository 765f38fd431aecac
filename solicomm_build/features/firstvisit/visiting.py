"""The page *Your new hub* in My hub: the steps that a new hub needs, one at a time.

    /members/start/         the list of steps, and the form of the first that is open
    /members/start/<step>/  the same with the form of another one

For the operator of hub.yaml and hosts of the whole hub, as long as a step is open; to everybody
else, and afterwards, the address is like any where nothing is. A step is done when the hub has what
it is about, also when that came from elsewhere. What it does is what a command would do, at once:
it is about the hub and no member's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

from solicomm_build.features.firstvisit.welcoming import ENDS
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.people.operators import staff
from solicomm_build.web.mine import firststep, forms
from solicomm_build.web.mine.firststep import FirstStep
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Section, Visit


@dataclass(frozen=True, slots=True)
class _Step:
    """A step with how it stands."""

    step: FirstStep
    is_done: bool
    is_skipped: bool

    @property
    def is_open(self) -> bool:
        return not (self.is_done or self.is_skipped)


class FirstVisit(Section):
    """What a new hub needs."""

    name, rank = "start", 1
    most_fields = 30

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Your new hub")

    def short(self, visit: Visit) -> str:
        """How many steps are left, and the way to the first of them."""
        count = sum(one.is_open for one in self._steps(visit))
        if not count:
            return ""
        said = ngettext(
            visit.lang,
            "%(num)s step is left until people can use it.",
            "%(num)s steps are left until people can use it.",
            count,
            num=i18n.format_number(visit.lang, count),
        )
        return forms.text(said) + forms.way(f"{HOME}{self.name}/", gettext(visit.lang, "Begin"))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """All steps, and the form of one."""
        found = self._steps(visit)
        chosen = _chosen(visit, found, rest.rstrip("/"))
        if chosen is None:
            return None if rest or not found else (self.title(visit), _ended(visit.lang))
        return self.title(visit), self._page(visit, found, chosen, {}, "")

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Does a step, or skips it."""
        found = self._steps(visit)
        chosen = _chosen(visit, found, rest.rstrip("/")) if rest else None
        if chosen is None or sent.get("do") not in ("do", "skip"):
            return NOTHING if found else None
        if sent["do"] == "skip":
            self._skip(chosen.step.name)
            return self._after(visit)
        try:
            wrong = chosen.step.do(visit, sent)
        except SoliCommError as error:
            wrong = error.public
        except OSError as error:
            said = gettext(visit.lang, "hub.yaml cannot be written: %(why)s", why=error.strerror)
            wrong = said
        if wrong:
            return Change(shown=self._page(visit, found, chosen, sent, wrong), status=400)
        return self._after(visit)

    def _may(self, visit: Visit) -> bool:
        return staff.looks_after(self.config, visit.address, visit.own.roles)

    def _steps(self, visit: Visit) -> list[_Step]:
        """All steps of a hub that is new, for who may do them."""
        known = firststep.read(self.config) if self._may(visit) else None
        if known is None or clock.now() - known[0] >= ENDS:
            return []
        return [
            _Step(one, one.is_done(visit), one.name in known[1])
            for one in firststep.steps(self.config)
        ]

    def _skip(self, name: str) -> None:
        known = firststep.read(self.config)
        if known is not None:
            firststep.write(self.config, known[0], known[1] | {name})

    def _after(self, visit: Visit) -> Change:
        """To the next step; after the last one this page is no more."""
        seen = replace(visit, settings=self.readers.settings())
        if any(one.is_open for one in self._steps(seen)):
            return Change(place=f"{HOME}{self.name}/")
        firststep.path(self.config).unlink(missing_ok=True)
        return Change(shown=_ended(visit.lang))

    def _page(
        self,
        visit: Visit,
        found: list[_Step],
        chosen: _Step,
        sent: Mapping[str, str],
        wrong: str,
    ) -> str:
        lang, here = visit.lang, f"{HOME}{self.name}/{chosen.step.name}/"
        calm = gettext(lang, "A few steps to a hub that people can use. Each can be skipped.")
        rows = "".join(f"<li>{_row(visit, one, chosen)}</li>" for one in found)
        fault = f'<p role="alert"><strong>{escape(wrong)}</strong></p>' if wrong else ""
        buttons = forms.buttons(
            (gettext(lang, "Save and go on"), "do"), (gettext(lang, "Skip"), "skip")
        ).replace('value="skip"', 'value="skip" formnovalidate')
        form = forms.form(visit.session, here, chosen.step.form(visit, sent) + buttons)
        head = escape(chosen.step.title(lang))
        return f"{forms.text(calm)}<ol>{rows}</ol><h2>{head}</h2>{fault}{form}"


def _chosen(visit: Visit, found: list[_Step], name: str) -> _Step | None:
    """The step of this name; without one, the first that is open and can begin."""
    if name:
        return next((one for one in found if one.step.name == name), None)
    left = [one for one in found if one.is_open]
    ready = [one for one in left if one.step.can_begin(visit)]
    return next(iter((*ready, *left)), None)


def _ended(lang: str) -> str:
    said = gettext(lang, "That was all. Everything can be changed later, here or by commands.")
    return forms.text(said) + forms.way("/", gettext(lang, "To the pages of the hub"))


def _row(visit: Visit, one: _Step, chosen: _Step) -> str:
    """A step in the list: its name, which is a link to it, and how it stands."""
    lang = visit.lang
    if one.step.name == chosen.step.name:
        return f'<strong aria-current="step">{escape(one.step.title(lang))}</strong>'
    name = forms.link(f"{HOME}{FirstVisit.name}/{one.step.name}/", one.step.title(lang))
    done, skipped = escape(gettext(lang, "done")), escape(gettext(lang, "skipped"))
    if one.is_done:
        return f"{name} – {done} ✓"
    if one.is_skipped:
        return f"{name} – {skipped}"
    return name if one.step.can_begin(visit) else escape(one.step.title(lang))
