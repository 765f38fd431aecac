"""Mail that other stages act on: commands for the desk, reports of failed delivery for the courier.

    <list>-request, -join, -leave, -confirm+TOKEN, -moderate+TOKEN, -digest, -nomail, solicomm@
        → spool/desk
    <list>-bounces, <list>-bounces+TAG, solicomm-bounces+TAG → spool/bounces
    addresses of features, such as solicomm-probe+TOKEN → who waits for it (hooks.py)

Each item has one recipient, the address as it was written: the token in it says what the mail is
about. A command without a sender is a delivery report gone astray and is dropped with a word in the
log: it must never lead to anything, least of all to an answer (RFC 5321 4.5.5).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.ingest import hooks, reading
from solicomm_build.people.address import Purpose
from solicomm_build.people.addresses import to_desk
from solicomm_build.people.recipients import Recipient


class Handover:
    """Collects what a batch has for the desk and the courier. Not for several threads."""

    def __init__(self, config: Config, log: MailLog) -> None:
        self._config, self._log = config, log
        self._said: dict[str, tuple[str, str]] = {}  # by the item's name: conference, purpose
        self._commands: list[Item] = []
        self._bounces: list[Item] = []
        self._others: dict[int, list[Item]] = {}  # for other cells
        self._roles = hooks.roles()
        self.is_held = False
        """Whether the batch held mail, of which the desk tells the moderators."""

    def takes(self, recipient: Recipient) -> bool:
        """Whether mail to this recipient goes to the desk, to who reads bounces, or to a feature
        that waits for it."""
        if recipient.kind != "role":
            return False
        known = recipient.id in to_desk() or recipient.id == Purpose.BOUNCES
        return known or recipient.id in self._roles

    def add(self, recipient: Recipient, item: Item) -> None:
        """Takes a message to one address; it is durable elsewhere after `flush`."""
        if recipient.id in self._roles:
            word = self._roles[recipient.id](self._config, recipient.detail, item)
            self._log.event(word, id=item.name)
        elif recipient.id == Purpose.BOUNCES:
            self._bounces.append(item)
            self._said[item.name] = (recipient.conference, recipient.id)
        elif item.envelope.mail_from is None:
            self._log.event(
                "discard", conference=recipient.conference, rule="null-sender", id=item.name
            )
        else:
            self._commands.append(_from_outside(item))
            self._said[item.name] = (recipient.conference, recipient.id)

    def misdirected(self, conference: str, item: Item) -> None:
        """Takes a command that was sent to the list itself: the desk answers with help."""
        self._commands.append(_from_outside(item))
        self._said[item.name] = (conference, Purpose.POST.value)

    def gone(self, item: Item) -> None:
        """Takes a message to an address that is none any more, which is set aside, as the log says:
        the desk tells its author, unless it is a report."""
        if item.envelope.mail_from is not None:
            self._commands.append(item)

    def elsewhere(self, sent: tuple[str, Item]) -> None:
        """Takes a message to a conference of another cell, whose ingest takes it from there; what
        is for no conference goes to cell 0."""
        conference, item = sent
        cell = cells.cell_of(self._config, cells.CONFERENCES, conference) if conference else 0
        self._others.setdefault(cell, []).append(item)

    def flush(self) -> None:
        """Puts what was collected into the spools, durable on return, and rings. Blocking."""
        for items, spool in ((self._commands, self._desk), (self._bounces, self._reports)):
            if items:
                self._note(items, spool.put(items).stem)
                spool.ring()
        for cell, items in self._others.items():
            there = incoming.of(self._config.in_cell(cell))
            file = there.put(items).stem
            for number, item in enumerate(items):
                self._log.event(
                    "passed-on", **{"id": item.name, "as": f"{file}.{number}"}, cell=cell
                )
            there.ring()
        if self.is_held:
            self._desk.ring()
        self.clear()

    def clear(self) -> None:
        """Forgets what was collected: the batch begins anew."""
        self._commands, self._bounces, self.is_held = [], [], False
        self._others.clear()
        self._said.clear()

    def _note(self, items: list[Item], file: str) -> None:
        """Says in the log what became of messages, and what they are called from now on."""
        for number, item in enumerate(items):
            conference, purpose = self._said.get(item.name, ("", ""))
            if not purpose:
                continue
            facts = {"id": item.name, "as": f"{file}.{number}", "mid": reading.mid_of(item.raw)}
            if purpose == Purpose.BOUNCES:
                self._log.event("bounce-report", **facts, conference=conference)
            else:
                self._log.event("command", **facts, conference=conference, purpose=purpose)

    @cached_property
    def _desk(self) -> Spool:
        return Spool(self._config.spool_desk)

    @cached_property
    def _reports(self) -> Spool:
        return Spool(self._config.spool_bounces)


def _from_outside(item: Item) -> Item:
    """The same, never the hub's own: what the desk takes for that came from a page of ours."""
    return (
        replace(item, envelope=replace(item.envelope, ours=False)) if item.envelope.ours else item
    )
