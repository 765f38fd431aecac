"""The conferences for members only that a member may read, each with tokens to copy it with git."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.gittoken import Grant
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import readertokens
from solicomm_build.web.mine.forms import button, form, link, text
from solicomm_build.web.mine.section import DONE, HOME, NOTHING, Change, Section, Visit


class Reading(Section):
    """Conferences for members only."""

    name, rank = "reading", 40

    def title(self, visit: Visit) -> str:
        """What is open to the member."""
        return gettext(visit.lang, "Conferences for members only")

    def short(self, visit: Visit) -> str:
        """Links to them."""
        found = self._found(visit)
        if not found:
            return ""
        rows = "".join(f"<li>{self._named(visit, one)}</li>" for one in found)
        search = escape(gettext(visit.lang, "Search in all of them"))
        return f'<ul>{rows}</ul><p><a href="/search/">{search}</a></p>'

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each with its address, and tokens."""
        return None if rest else (self.title(visit), self._all(visit))

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Makes a token, which is shown once, or ends one."""
        if rest:
            return None
        number, conference = visit.number, sent.get("conference", "")
        if sent.get("do") == "revoke":
            readertokens.revoke(self.config, self.readers, number, sent.get("token", ""))
            return DONE
        if sent.get("do") == "token" and self.readers.may_read(number, conference):
            secret = readertokens.issue(self.config, self.readers, number, conference, visit.lang)
            return Change(shown=self._all(visit, fresh=(conference, secret)))
        return NOTHING

    def _found(self, visit: Visit) -> list[Conference]:
        return [visit.settings[name] for name in sorted(visit.readable)]

    def _named(self, visit: Visit, one: Conference) -> str:
        return link(f"/conferences/{one.id}/", one.title_in(visit.lang))

    def _all(self, visit: Visit, fresh: tuple[str, str] = ("", "")) -> str:
        rows = self._found(visit)
        if not rows:
            none = gettext(
                visit.lang,
                "You are on no conference that is for members only. All others can be read without "
                "signing in.",
            )
            return text(none)
        grants = readertokens.of(self.config, self.readers, visit.number)
        return "".join(
            self._conference(
                visit,
                one,
                [grant for grant in grants if grant.opens(f"conferences/{one.id}")],
                fresh[1] if fresh[0] == one.id else "",
            )
            for one in rows
        )

    def _conference(self, visit: Visit, one: Conference, grants: list[Grant], secret: str) -> str:
        lang = visit.lang
        address, about = f"{one.id}@{self.config.domain}", one.description_in(lang)
        rows = [f"<article><h2>{self._named(visit, one)}</h2>"]
        rows += [f'<p dir="auto">{escape(about)}</p>'] if about else []
        write = gettext(lang, "To write to everybody there:")
        mail = f'<a href="mailto:{escape(address)}"><bdi dir="ltr">{escape(address)}</bdi></a>'
        rows.append(f"<p>{escape(write)} {mail}</p>")
        copy = escape(gettext(lang, "A copy of everything, with git"))
        rows.append(f"<details{' open' if secret else ''}><summary>{copy}</summary>")
        rows.append(self._git(visit, one.id, grants, secret))
        rows.append("</details></article>")
        return "".join(rows)

    def _git(self, visit: Visit, conference: str, grants: list[Grant], secret: str) -> str:
        lang, place = visit.lang, f"{HOME}{self.name}/"
        clone = f"git clone {self.config.url}/conferences/{conference}.git"
        rows = [f'<p dir="ltr"><code>{escape(clone)}</code></p>']
        if secret:
            how = gettext(
                lang,
                "git asks for a name and a password. Any name will do; the password is this. It is "
                "shown here only once:",
            )
            rows.append(text(how))
            rows.append(f'<p dir="ltr"><code>{escape(secret)}</code></p>')
        else:
            what = gettext(
                lang,
                "git asks for a password: a token for reading that is yours. It ends with your "
                "membership, or when you end it.",
            )
            rows.append(text(what))
            make = button(gettext(lang, "Make a token"), "token")
            rows.append(form(visit.session, place, make, conference=conference))
        for grant in grants:
            words = gettext(lang, "End the token of %(day)s", day=grant.made[:10])
            end = button(words, "revoke", is_quiet=True)
            rows.append(form(visit.session, place, end, token=grant.id))
        return "".join(rows)
