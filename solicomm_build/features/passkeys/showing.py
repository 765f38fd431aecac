"""The script of passkeys, and the button to sign in with one on `/login/`."""

from __future__ import annotations

import functools
import gzip
import hashlib
from html import escape
from pathlib import Path

from solicomm_build.features.passkeys import ceremony
from solicomm_build.features.passkeys.ceremony import Party
from solicomm_build.foundation.hub import webhost
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.mine.forms import button, text, way

SCRIPT = "/passkeys/passkey.js"
_FILE = Path(__file__).with_name("passkey.js")


@functools.cache
def script() -> bytes:
    """The octets of the script."""
    return _FILE.read_bytes()


@functools.cache
def small_script() -> bytes:
    """The same, in gzip (RFC 1952)."""
    return gzip.compress(script(), mtime=0)


@functools.cache
def script_tag() -> str:
    """What loads the script; its address changes with it, so browsers may keep it."""
    return f'<script src="{SCRIPT}?v={hashlib.sha256(script()).hexdigest()[:8]}" defer></script>'


def failed(words: str) -> str:
    """Where the script says that nothing came of it."""
    return f'<div aria-live="polite" data-failed="{escape(words)}"></div>'


def elsewhere(at: Party, lang: str, place: str) -> str:
    """What the script shows at another name of the hub, where no passkey of it can work."""
    name = webhost.shown(at.id)
    said = gettext(
        lang,
        "Passkeys of this hub work at %(name)s only, and you are at another of its names. Go "
        "there, or take a link by mail.",
        name=name,
    )
    go = way(f"{at.origin}{place}", gettext(lang, "Go to %(name)s", name=name))
    return f"<div data-elsewhere hidden>{text(said)}{go}</div>"


def sign_in(config: Config, lang: str, place: str) -> str:
    """The button, which the script shows where the browser has passkeys; "" where the hub's address
    is none for them."""
    at = ceremony.party(config)
    if at is None:
        return ""
    said = gettext(lang, "On a device where you added a passkey you need no mail:")
    stay = gettext(lang, "Stay signed in here for 30 days (not on a machine that others use, too)")
    sorry = gettext(lang, "That did not work. A link by mail always does.")
    press = button(gettext(lang, "Sign in with a passkey"))
    return (
        f'<div data-passkey="{escape(at.origin)}" hidden>{text(said)}'
        '<form method="post" action="/passkeys/">'
        '<input type="hidden" name="challenge"><input type="hidden" name="credential">'
        f'<input type="hidden" name="to" value="{escape(place)}">'
        f'<p><label><input type="checkbox" name="stay" value="yes"> {escape(stay)}</label></p>'
        f"{press}</form>{failed(sorry)}</div>{elsewhere(at, lang, '/login/')}"
        f"{script_tag()}"
    )
