"""Where a member is signed in: each browser, since when, last used when, and how to sign it out."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.sessions import Begun
from solicomm_build.web.mine.forms import button, form, text
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Section, Visit


class Browsers(Section):
    """The sessions of a member."""

    name, rank = "browsers", 90

    def title(self, visit: Visit) -> str:
        """Where one is signed in."""
        return gettext(visit.lang, "Where I am signed in")

    def short(self, visit: Visit) -> str:
        """How many browsers."""
        found = self._found(visit)
        said = i18n.ngettext(
            visit.lang,
            "You are signed in on %(num)s browser.",
            "You are signed in on %(num)s browsers.",
            len(found),
        )
        return text(said)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each browser with a button."""
        if rest:
            return None
        rows = "".join(self._row(visit, one) for one in self._found(visit))
        return self.title(visit), rows + self._everywhere(visit)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Ends one session, or all."""
        if rest:
            return None
        if sent.get("do") == "everywhere":
            self.sessions.stored.end_all(visit.number)
            return Change(ended=True)
        if sent.get("do") == "end":
            self.sessions.stored.end_one(visit.number, sent.get("session", ""))
            return Change(ended=sent.get("session") == visit.session.id)
        return NOTHING

    def _found(self, visit: Visit) -> list[Begun]:
        return self.sessions.stored.of_member(visit.number, clock.now())

    def _row(self, visit: Visit, one: Begun) -> str:
        lang = visit.lang
        name = one.browser or gettext(lang, "A browser")
        this = escape(gettext(lang, "this one"))
        here = f" ({this})" if one.id == visit.session.id else ""
        rows = [f"<h2><bdi>{escape(name)}</bdi>{here}</h2>"]
        until = i18n.format_datetime(lang, one.ends)
        if one.began:
            since = i18n.format_datetime(lang, one.began)
            said = gettext(lang, "Since %(since)s, until %(until)s", since=since, until=until)
        else:
            said = gettext(lang, "Until %(until)s", until=until)
        rows.append(text(said))
        if one.seen:
            day = i18n.format_date(lang, one.seen)
            rows.append(text(gettext(lang, "Last used on %(day)s", day=day)))
        out = button(gettext(lang, "Sign out there"), "end", is_quiet=True)
        rows.append(form(visit.session, f"{HOME}{self.name}/", out, session=one.id))
        return f"<article>{''.join(rows)}</article>"

    def _everywhere(self, visit: Visit) -> str:
        words = gettext(visit.lang, "Sign out on all devices")
        out = button(words, "everywhere", is_quiet=True)
        return form(visit.session, f"{HOME}{self.name}/", out)
