"""The password of one's own mailbox here, in My hub: for who has an address at this hub.

A password belongs into no mail, so this page does it itself. Whoever has one has to know it, since
a browser that somebody left open is no reason to read their mail by a mail program from then on;
who forgot it asks the operator. Wrong ones are counted for each member, so nobody can try many.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from html import escape

from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import AddressError, HubError, UsageError
from solicomm_build.foundation.hub import mailnames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import memberstore, passwords
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import button, form, line, text
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Section, Visit
from solicomm_build.web.signedin import MemberSessions

_TRIES, _WITHIN = 10, timedelta(hours=1)
_LONGEST = 200


class MailboxPassword(Section):
    """What a mail program needs to know, and the password."""

    name, rank = "mailbox", 86

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._wrong: dict[int, deque[float]] = {}

    def title(self, visit: Visit) -> str:
        """What it is for."""
        return gettext(visit.lang, "My mail program")

    def short(self, visit: Visit) -> str:
        """For who has mail kept here."""
        if self._address(visit) is None:
            return ""
        return text(gettext(visit.lang, "Read and write mail with a program: password and servers"))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The servers, and the form."""
        address = self._address(visit)
        if rest or address is None:
            return None
        return self.title(visit), self._servers(visit, address) + self._form(visit, address)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Sets it."""
        address, lang = self._address(visit), visit.lang
        if rest or address is None:
            return None
        fresh = sent.get("fresh", "")
        if not fresh or len(fresh) > _LONGEST:
            return NOTHING
        if fresh != sent.get("again", ""):
            return Change(wrong=gettext(lang, "The two new passwords are not the same."))
        if len(fresh) < passwords.SHORTEST or not fresh.isprintable():
            return Change(wrong=self._least(lang))
        if passwords.is_set(self.config, address):
            if self._is_tired(visit.number):
                said = gettext(lang, "Too many wrong passwords. Please try again in an hour.")
                return Change(wrong=said)
            if not passwords.fits(self.config, address, sent.get("now", "")[:_LONGEST]):
                self._missed(visit.number)
                return Change(wrong=gettext(lang, "That is not your present password."))
        try:
            memberstore.set_mailbox_password(self.config, address, fresh)
        except (HubError, UsageError):
            return NOTHING
        done = gettext(
            lang,
            "The new password counts in a minute. Write it into your mail program, on each device.",
        )
        return Change(shown=text(done))

    # -- who ------------------------------------------------------------------------------------

    def _address(self, visit: Visit) -> str | None:
        """The member's own address, if its mail is kept here. Costs nothing for all others."""
        if visit.address.rpartition("@")[2].lower() not in self.config.all_domains:
            return None
        try:
            rule = memberstore.mailbox(self.config, visit.address)
        except (AddressError, HubError, UsageError):
            return None
        return memberstore.address_of(self.config, rule) if rule.keep else None

    def _tries(self, member: int) -> deque[float]:
        """The moments of wrong passwords; only of late, and none that lies ahead."""
        found = self._wrong.setdefault(member, deque(maxlen=_TRIES))
        while found and abs(clock.timestamp() - found[0]) > _WITHIN.total_seconds():
            found.popleft()
        return found

    def _is_tired(self, member: int) -> bool:
        return len(self._tries(member)) >= _TRIES

    def _missed(self, member: int) -> None:
        self._tries(member).append(clock.timestamp())

    # -- what is shown --------------------------------------------------------------------------

    def _servers(self, visit: Visit, address: str) -> str:
        lang, server = visit.lang, mailnames.host(self.config)
        how = gettext(
            lang,
            "Most programs ask for your address and password alone. If yours asks for more:",
        )
        rows = (
            (gettext(lang, "Name"), address),
            (gettext(lang, "Reading (IMAP)"), f"{server}, 993, SSL/TLS"),
            (gettext(lang, "Writing (SMTP)"), f"{server}, 465, SSL/TLS"),
        )
        cells = "".join(
            f'<tr><th scope="row">{escape(what)}</th>'
            f'<td><bdi dir="ltr">{escape(value)}</bdi></td></tr>'
            for what, value in rows
        )
        return f"{text(how)}<table>{cells}</table>"

    def _form(self, visit: Visit, address: str) -> str:
        lang, inside = visit.lang, ""
        if passwords.is_set(self.config, address):
            inside += _secret("now", gettext(lang, "Present password"), "current-password")
        inside += _secret("fresh", gettext(lang, "New password"), "new-password")
        inside += _secret("again", gettext(lang, "New password once more"), "new-password")
        inside += button(gettext(lang, "Change the password"))
        forgot = gettext(
            lang,
            "You forgot it? Write to %(address)s from another address, or ask whoever gave you "
            "yours.",
            address=f"postmaster@{self.config.domain}",
        )
        made = form(visit.session, f"{HOME}{self.name}/", inside)
        head = gettext(lang, "Password")
        return f"<h2>{escape(head)}</h2>{text(self._least(lang))}{made}{text(forgot)}"

    def _least(self, lang: str) -> str:
        return gettext(
            lang,
            "A password has at least %(num)s characters that can be seen. A few words are easier "
            "to keep than signs.",
            num=i18n.format_number(lang, passwords.SHORTEST),
        )


def _secret(name: str, label: str, kind: str) -> str:
    more = f'required maxlength="{_LONGEST}" autocomplete="{kind}"'
    return line(name, label, type_="password", more=more)
