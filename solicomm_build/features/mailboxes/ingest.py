"""Mail to mailboxes, to owners of conferences, and back to senders of what we sent on."""

from __future__ import annotations

import contextlib
import time

from solicomm_build.features.mailboxes import comingback, mailboxes
from solicomm_build.features.mailboxes.maildirs import Maildirs
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.ingest import forwarding, reading
from solicomm_build.people.recipients import Recipient
from solicomm_build.people.roster import Roster

_REST = 3600.0  # seconds between two looks at what was sent on


class _Mailboxes:
    """All mail that is no conference's."""

    def __init__(self, config: Config, log: MailLog) -> None:
        self._config, self._log = config, log
        self._maildirs = Maildirs(config, log)
        self._forwards, self._looks = forwarding.Once(Spool(config.spool_out)), 0.0
        self._forget()

    def takes(self, recipient: Recipient) -> bool:
        return recipient.kind != "conference"

    def deliver(self, recipient: Recipient, item: Item, roster: Roster) -> None:
        if recipient.kind == "sender":
            told = comingback.told(self._config, recipient.id, item)
            back = forwarding.send_back(self._config, recipient.id, item, told)
            result = "back" if back else "loop"
            self._log.event("delivered", id=item.name, address=recipient.id, result=result)
            return
        mid = reading.mid_of(item.raw)
        for rule in mailboxes.rule_of(recipient, self._config, roster):
            result = mailboxes.deliver(self._config, rule, item)
            self._log.event("delivered", id=item.name, mid=mid, address=rule.name, result=result)
            self._maildirs.changed(mailboxes.path_of(self._config, rule))
            if "loop" in result and not rule.keep:
                self._tell_of_circle(item)

    def _tell_of_circle(self, item: Item) -> None:
        """What ran in a circle is kept where nobody reads it, so its sender hears of that."""
        sender = comingback.whom(self._config, item.envelope.mail_from)
        if sender is not None:
            with contextlib.suppress(MessageError):  # of an address that no header can have
                told = comingback.lost(self._config, sender, item, "5.4.6")
                forwarding.tell(self._config, sender, told)

    def work(self, *, to_the_end: bool = False) -> None:
        """Shows mailboxes' new mail to the IMAP server; once an hour forgets what was sent on."""
        self._maildirs.work(to_the_end=to_the_end)
        self._forget()

    def _forget(self) -> None:
        if time.monotonic() >= self._looks:
            self._looks = time.monotonic() + _REST
            self._forwards.prune()


DELIVERY = _Mailboxes
