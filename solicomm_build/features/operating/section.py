"""The page *Operators* in My hub: who looks after the hub, and what waits for a second yes.

For operators where there are two or something waits; to everybody else the address is like any
where nothing is. Yes, no, and which mails somebody wants are mails of the operator's to the desk,
as commands (answering.py, choosing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.features.operating import choosing, proposals, shown
from solicomm_build.features.operating.proposals import WAITING, Proposal
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.message.address import key
from solicomm_build.people.address import SITE
from solicomm_build.people.operators import mails, staff
from solicomm_build.people.operators.operator import Operator
from solicomm_build.web.mine import forms
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit

_COMMANDS = {"yes": "agree", "no": "refuse"}


class Operators(Section):
    """Who looks after the hub together."""

    name, rank = "operators", 76

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Operators")

    def short(self, visit: Visit) -> str:
        """How much waits for a yes, and of how many people."""
        people, waiting = self._people(visit), self._waiting()
        if not people:
            return ""
        lang = visit.lang
        me = Operator(visit.address, visit.number)
        open_ = sum(not staff.is_same(one.asker, me) for one in waiting)
        said = ngettext(
            lang,
            "%(num)s operator looks after this hub.",
            "%(num)s operators look after this hub.",
            len(people),
            num=i18n.format_number(lang, len(people)),
        )
        if not open_:
            return forms.text(said)
        asked = ngettext(
            lang,
            "%(num)s thing waits for your yes.",
            "%(num)s things wait for your yes.",
            open_,
            num=i18n.format_number(lang, open_),
        )
        look = gettext(lang, "Look at it")
        return forms.text(said, asked) + forms.way(f"{HOME}{self.name}/", look)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Who they are, and each thing that waits with its buttons."""
        people = self._people(visit)
        if rest or not people:
            return None
        lang = visit.lang
        calm = gettext(
            lang,
            "Before anything is erased, restored or removed, a second operator has to say yes.",
        )
        kept, said = mails.read(self.config), choosing.labels(lang)
        rows = ((self._called(one), said[mails.chosen(kept, one)]) for one in people)
        listed = "".join(f"<li>{called}: {escape(gets)}</li>" for called, gets in rows)
        waiting = self._waiting()
        parts = [self._one(visit, one) for one in waiting]
        parts = parts or [forms.text(gettext(lang, "Nothing waits."))]
        head = escape(gettext(lang, "What waits for a second yes"))
        made = f"{forms.text(calm)}<h2>{head}</h2>{''.join(parts)}"
        who = escape(gettext(lang, "Who looks after this hub"))
        made += f"<h2>{who}</h2><ul>{listed}</ul>"
        return self.title(visit), made + self._choice(visit, people)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """A yes or a no, or which mails are wanted, as the mail that says it."""
        if rest or not self._people(visit):
            return None
        if (wanted := sent.get("mails", "")) in mails.CHOICES:
            return Change(mails=(Said(SITE, f"mails {wanted}"),))
        word, one = _COMMANDS.get(sent.get("do", "")), sent.get("id", "")
        if word is None or proposals.find(self.config, one) is None:
            return NOTHING
        return Change(mails=(Said(SITE, f"{word} {one}"),))

    def _people(self, visit: Visit) -> tuple[Operator, ...]:
        """The operators, for one of them; nobody for anybody else, and where there is but one."""
        with self.readers.looking() as roster:
            found = staff.every(self.config, roster)
            is_one = staff.of(self.config, roster, visit.address) is not None
        return found if is_one and (len(found) > 1 or self._waiting()) else ()

    def _waiting(self) -> list[Proposal]:
        return [one for one in proposals.every(self.config) if one.is_whole]

    def _one(self, visit: Visit, one: Proposal) -> str:
        me = Operator(visit.address, visit.number)
        said = shown.facts(visit.lang, one, self._name(one.asker))
        if one.state != WAITING:
            return f"<section>{said}</section>"
        press = shown.buttons(visit.lang, is_mine=staff.is_same(one.asker, me))
        form = forms.form(visit.session, f"{HOME}{self.name}/", press, id=one.id)
        return f"<section>{said}{form}</section>"

    def _choice(self, visit: Visit, people: tuple[Operator, ...]) -> str:
        """The form of which mails this one gets; where others get all."""
        lang, kept = visit.lang, mails.read(self.config)
        me = next(one for one in people if key(one.address) == key(visit.address))
        head = escape(gettext(lang, "Mails about the hub"))
        calm = gettext(
            lang,
            "Of what is wrong, of what waits and of mail to the hub itself. One of you gets all of "
            "it, always. What asks for a second yes goes to everybody.",
        )
        able = [one for one in mails.CHOICES if mails.may_choose(kept, people, me, one)]
        said = {one: words for one, words in choosing.labels(lang).items() if one in able}
        if len(said) < 2:
            alone = gettext(lang, "You get all, since no other operator does.")
            return f"<h2>{head}</h2>{forms.text(calm, alone)}"
        press = forms.radios("mails", gettext(lang, "You get"), said, mails.chosen(kept, me))
        press += forms.button(gettext(lang, "Save"))
        form = forms.form(visit.session, f"{HOME}{self.name}/", press)
        return f"<h2>{head}</h2>{forms.text(calm)}{form}"

    def _name(self, one: Operator) -> str:
        member = self.readers.member(one.number) if one.number else None
        return member.name if member and member.name else one.address

    def _called(self, one: Operator) -> str:
        name = self._name(one)
        address = f'<bdi dir="ltr">{escape(one.address)}</bdi>'
        return f"<bdi>{escape(name)}</bdi> ({address})" if name != one.address else address
