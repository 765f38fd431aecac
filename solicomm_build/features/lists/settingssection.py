"""What holds for all of a member's lists, in My hub: the language, the address."""

from __future__ import annotations

import re
from collections.abc import Mapping

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message.address import key
from solicomm_build.people.address import SITE
from solicomm_build.people.directory import directory_of
from solicomm_build.web import givenaddress
from solicomm_build.web.mine.forms import button, form, line, select, text
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit

_PLAIN = re.compile(r'[^\s"\[\]]+')


class Settings(Section):
    """Language and address."""

    name, rank = "settings", 70

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "My language and address")

    def short(self, visit: Visit) -> str:
        """What they are."""
        code = visit.session.member.lang.partition("-")[0]
        known = i18n.LANGUAGES.get(code)
        chosen = known.name if known else gettext(visit.lang, "the language that you write in")
        said = gettext(visit.lang, "We write to you in: %(language)s", language=chosen)
        return text(said)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """A form each."""
        if rest:
            return None
        lang, place = visit.lang, f"{HOME}{self.name}/"
        own = visit.session.member.lang.partition("-")[0]
        names = {code: one.name for code, one in i18n.LANGUAGES.items()}
        choices = names if own in names else {"": "…"} | names
        label = gettext(lang, "The language that we write to you in")
        inside = select("language", label, choices, own)
        inside += button(gettext(lang, "Save"), "language")
        rows = [form(visit.session, place, inside)]
        how = gettext(
            lang,
            "We write to your old address first, then to the new one. Please answer both mails; "
            "then the change is made.",
        )
        field = line(
            "address",
            gettext(lang, "My new e-mail address"),
            type_="email",
            more='required autocomplete="email" maxlength="254"',
            dir_="ltr",
        )
        move = button(gettext(lang, "Move to this address"), "address")
        rows.append(form(visit.session, place, text(how) + field + move))
        return self.title(visit), "".join(rows)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """The commands `language` and `address`."""
        if rest:
            return None
        if sent.get("do") == "language" and sent.get("language") in i18n.LANGUAGES:
            return Change((Said(SITE, f"language {sent['language']}\n"),))
        if sent.get("do") == "address":
            new = givenaddress.read(sent.get("address", ""))
            if wrong := givenaddress.wrong(new, visit.lang):
                return Change(wrong=wrong)
            if not self._may_move(visit, new):
                wrong = gettext(
                    visit.lang, "This is not an e-mail address. Please look at it again."
                )
                return Change(wrong=wrong)
            return Change((Said(SITE, f"address {new}\n"),))
        return NOTHING

    def _may_move(self, visit: Visit, new: str) -> bool:
        """Whether the desk asks about this address: one of somebody's, and not the member's own."""
        if not _PLAIN.fullmatch(new):
            return False
        if key(new) == key(visit.address):
            return False
        with self.readers.looking() as roster:
            found = directory_of(self.config, lambda: roster).resolve(new)
        return found is None or found.kind == "mailbox"
