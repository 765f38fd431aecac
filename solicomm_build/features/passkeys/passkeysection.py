"""A member's passkeys, in My hub: what there is, add one, remove one."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from html import escape

from solicomm_build.features.passkeys import ceremony, showing
from solicomm_build.features.passkeys.ceremony import Party, RefusedError
from solicomm_build.features.passkeys.challenges import ADD, Challenges
from solicomm_build.features.passkeys.passkeyfile import MOST, Passkey, Passkeys
from solicomm_build.foundation import clock, i18n, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import button, form, line, text, way
from solicomm_build.web.mine.section import DONE, HOME, NOTHING, Change, Section, Visit
from solicomm_build.web.signedin import MemberSessions

_LONGEST_NAME = 60


class MyPasskeys(Section):
    """The passkeys of a member."""

    name, rank = "passkeys", 88

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._keys, self._at = Passkeys(config), ceremony.party(config)

    def close(self) -> None:
        """Lets go of the file."""
        self._keys.close()

    def title(self, visit: Visit) -> str:
        """What it is for."""
        return gettext(visit.lang, "Sign in without a mail on this device")

    def short(self, visit: Visit) -> str:
        """How many there are, or what one is."""
        if self._at is None:
            return ""
        lang, count = visit.lang, len(self._keys.of_member(visit.number))
        if not count:
            return text(
                gettext(lang, "With your finger, your face or the code of the screen, if you like.")
            )
        num = i18n.format_number(lang, count)
        return text(gettext(lang, "Passkeys that let you in: %(num)s", num=num))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each passkey with a button, and the form to add one."""
        if rest:
            return None
        lang, found = visit.lang, self._keys.of_member(visit.number)
        rows = "".join(self._row(visit, one) for one in found)
        lost = gettext(lang, "A device is lost? Remove its passkey, and sign out there, too.")
        if found:
            rows += way(f"{HOME}browsers/", lost)
        if self._at is None:
            return self.title(visit), text(self._why_not(lang)) + rows
        what = gettext(
            lang,
            "Your device can keep a passkey: then your finger, your face or the code of the screen "
            "lets you in, and you wait for no mail.",
        )
        calm = gettext(
            lang,
            "You need not have one. The mail always works, also when a passkey is lost or removed.",
        )
        add = self._add(visit, self._at, found)
        return self.title(visit), f"{text(what, calm)}{add}{rows}"

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Adds one, or takes one away."""
        if rest:
            return None
        if sent.get("do") == "remove":
            number = sent.get("passkey", "")
            if number.isascii() and number.isdigit() and len(number) <= 15:
                self._keys.remove(visit.number, int(number))
            return DONE
        if not sent.get("credential"):
            return NOTHING
        if self._at is not None and self._added(visit, self._at, sent):
            return DONE
        said = gettext(
            visit.lang,
            "What the browser answered does not fit, or came too late. Please try again.",
        )
        return Change(wrong=said)

    def _added(self, visit: Visit, at: Party, sent: Mapping[str, str]) -> bool:
        now, mark = clock.now(), visit.session.mark
        try:
            asked = ceremony.octets(sent.get("challenge", "")[: ceremony.LONGEST_ID])
            ends = Challenges(self.config, at.id).ends(asked, ADD, mark, now)
            if ends is None:
                return False
            made = ceremony.registered(at, asked, sent["credential"])
        except RefusedError:
            return False
        if len(made.id) > ceremony.LONGEST_ID:
            return False
        name = one_line(sent.get("name", ""), _LONGEST_NAME) or self._here(visit)
        handle = self._handle(visit.number)
        return self._keys.add(visit.number, handle, made, name, (asked, ends), now)

    def _add(self, visit: Visit, at: Party, found: list[Passkey]) -> str:
        lang = visit.lang
        if len(found) >= MOST:
            said = gettext(
                lang,
                "You have %(num)s passkeys, as many as there may be. Remove one to add another.",
                num=i18n.format_number(lang, MOST),
            )
            return text(said)
        fresh = Challenges(self.config, at.id).fresh(ADD, visit.session.mark, clock.now())
        user, known = self._handle(visit.number), [one.id for one in found]
        options = ceremony.creation(at, self.config.name, fresh, user, visit.address, known)
        called = gettext(lang, "What you call this device")
        inside = (
            '<input type="hidden" name="challenge"><input type="hidden" name="credential">'
            + line("name", called, self._here(visit), more=f'maxlength="{_LONGEST_NAME}"')
            + button(gettext(lang, "Add a passkey on this device"))
        )
        asking = form(visit.session, f"{HOME}{self.name}/", inside).replace(
            "<form ", f'<form data-options="{escape(options)}" ', 1
        )
        sorry = gettext(lang, "That did not work: the device gave no passkey, or has one already.")
        none = gettext(
            lang, "This browser cannot keep a passkey for this page, or it runs no scripts."
        )
        there = showing.elsewhere(at, lang, f"{HOME}{self.name}/")
        return (
            f'<div data-passkey="{escape(at.origin)}" hidden>{asking}{showing.failed(sorry)}</div>'
            f"<p data-without>{escape(none)}</p>{there}{showing.script_tag()}"
        )

    def _row(self, visit: Visit, one: Passkey) -> str:
        lang = visit.lang
        day = i18n.format_date(lang, one.added.date())
        used = gettext(lang, "Not used yet")
        if one.used:
            used = gettext(lang, "Last used on %(day)s", day=i18n.format_date(lang, one.used))
        rows = text(gettext(lang, "Added on %(day)s", day=day), used)
        gone = button(gettext(lang, "Remove"), "remove", is_quiet=True)
        rows += form(visit.session, f"{HOME}{self.name}/", gone, passkey=str(one.number))
        return f"<article><h2><bdi>{escape(one.name)}</bdi></h2>{rows}</article>"

    def _here(self, visit: Visit) -> str:
        """The kind of browser, which is how its owner may know it."""
        begun = self.sessions.stored.of_member(visit.number, clock.now())
        found = (one.browser for one in begun if one.id == visit.session.id)
        return next(found, "") or gettext(visit.lang, "A browser")

    def _handle(self, number: int) -> bytes:
        """By what devices know the member: 32 octets that tell nobody else anything (WebAuthn
        14.6.1)."""
        key = keys.token_key(self.config.keys)
        return hmac.digest(key, f"passkey\0user\0{number}".encode(), "sha256")

    def _why_not(self, lang: str) -> str:
        return gettext(
            lang,
            "Browsers keep passkeys only for pages that come over https. This hub is at %(url)s, "
            "so the link by mail is the way in.",
            url=self.config.url,
        )
