"""An e-mail address that somebody types into a form.

Mail takes addresses with any letters (RFC 6531). A form takes those of domains, as the A-labels
that every mail server knows; before the @ it takes ASCII alone, since what is written on a page
goes on to servers that know nothing else, and says so.
"""

from __future__ import annotations

from solicomm_build.foundation import characters
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message.address import is_valid
from solicomm_build.people.recipients import ascii_domain

_LONGEST = 254  # octets: RFC 5321 4.5.3.1.3, without the brackets


def read(typed: str) -> str:
    """The address, its domain in A-labels (RFC 5890 2.3.2.1) where it has others, without what
    nobody sees around it. Never fails; what is no address stays as it was typed."""
    address = characters.bare(typed)
    local, at, domain = address.rpartition("@")
    if domain.isascii() or not is_valid(address):
        return address
    return f"{local}{at}{ascii_domain(domain)}"


def is_good(address: str) -> bool:
    """Whether a form takes an address that was `read`."""
    return is_valid(address) and len(address) <= _LONGEST and address.isascii()


def wrong(address: str, lang: str) -> str:
    """Why a form does not take an address that was `read`, in words; "" where it does."""
    if is_good(address):
        return ""
    if is_valid(address) and not address.rpartition("@")[0].isascii():
        return gettext(
            lang,
            "Before the @ our pages take only the letters a to z, digits and signs. With another "
            "address, please write to us by mail.",
        )
    return gettext(lang, "This is not an e-mail address. Please look at it again.")
