"""The password of an address here that ends since all its mail goes on to who is erased."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people import memberstore, passwords
from solicomm_build.post.store.erasing import Erased


def _before(config: Config, gone: Erased) -> None:
    """The roster forgets the address, so it is looked for while it is known still."""
    for rule in memberstore.mailboxes(config) if gone.address else ():
        mine = gone.member is not None and rule.number == gone.member
        if mine or key(rule.forward) == key(gone.address):
            passwords.forget(config, memberstore.address_of(config, rule))


BEFORE = _before
