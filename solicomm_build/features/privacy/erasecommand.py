"""`solicomm erase`."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.asking import may_go_on, second_yes
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import Asking

if TYPE_CHECKING:
    from solicomm_build.features.privacy.erasures import Receipt


@click.command("erase")
@click.argument("what", metavar="[MESSAGE | PERSON]", required=False)
@click.option("--reason", default="", help="Why, for the receipt; name no one in it.")
@click.option("--by", default="", help="Who decided; the name of this account, if not given.")
@click.option("--status", is_flag=True, help="Ask copies elsewhere again, and show each erasure.")
@click.option("--verify", is_flag=True, help="Search everything the hub holds for what is left.")
@second_yes
@with_hub
def command(
    hub: Config,
    what: str | None,
    reason: str,
    by: str,
    status: bool,
    verify: bool,
    asking: Asking,
) -> None:
    """Erase a message, or all that is kept of a person, for good: pages, history, mail, copies.

    MESSAGE is a post id (the part behind # in its address) or a Message-ID, PERSON an address. It
    cannot be undone. Killed, it is finished by running it again. Without MESSAGE or PERSON,
    --verify looks for what is left of every erasure there was; it ends with 0 when nothing is.
    --status says of every erasure how it stands on other machines and in stores, asks those again
    that have something still, and ends with 75 while one has. An erasure ends with 65 where pages
    here stay as they were, or something is named that others decide about, and with 75 where a copy
    elsewhere does not let go. Where several operators look after the hub, a second one has to say
    yes first.

    \b
    Example:
      solicomm erase "<1234@mail.example>" --reason "Request of 24 November" --verify
      solicomm erase ana@union.example --reason "Art. 17 GDPR"
      solicomm erase --verify
      solicomm erase --status
    """
    from solicomm_build.features.privacy import wanting

    if what is None and not (verify or status):
        raise UsageError("Name a MESSAGE or a PERSON, or ask with --verify for what is left")
    if what is None:
        is_open = status and _status(hub)
        left = verify and _verify(hub)
        if is_open and not left:
            raise SystemExit(75)
    else:
        if not reason.strip():
            raise UsageError("Say why with --reason: the receipt keeps it, and no content")
        by = by or getpass.getuser()
        may_go_on(hub, partial(wanting.erased, hub, what, reason, by), asking)
        left, is_open = _erase(hub, what, reason, by, verify)
        if is_open and not left:
            raise SystemExit(75)
    if left:
        raise SystemExit(65)


def _erase(hub: Config, what: str, reason: str, by: str, verify: bool) -> tuple[bool, bool]:
    """Erases and shows the receipt; whether something was found to be left here, and elsewhere."""
    from solicomm_build.cli.running import log_of, ring_after_commit
    from solicomm_build.features.privacy import asking, erase, erasures
    from solicomm_build.features.privacy.settling import settle
    from solicomm_build.post.store import erasing

    order, receipt = erase.erase(hub, what, reason=reason, by=by, log=log_of(hub))
    failures = settle(hub, receipt.objects)
    ring_after_commit(hub)()
    click.echo(f"Erased; the receipt is private/erasures/{receipt.id}.json")
    for place, count in sorted(receipt.removed.items()):
        click.echo(f"  {place}: {count}")
    _show_bans(hub, order.addresses)
    not_anew(failures)
    asking.ask(hub)
    after = erasures.receipt(hub, receipt.id) or receipt
    _show_copies(hub, after)
    silent = [name for name, one in after.copies.items() if one["state"] == "silent"]
    if silent:
        click.echo(f"Not gone from {', '.join(silent)}, which the hub goes on to ask.", err=True)
        click.echo("How that stands: solicomm erase --status", err=True)
    named = list(erasing.stays(hub, order.addresses, order.cards)) if order.addresses else []
    for line in named:
        click.echo(f"Not erased, as it may be others' to keep: {line}", err=True)
    left = verify and _show(hub, receipt, order.needles)
    return left or bool(failures) or bool(named), bool(silent)


def _show_bans(hub: Config, addresses: Sequence[str]) -> None:
    from solicomm_build.features.privacy.leftovers import bans

    for one, places in sorted(bans(hub, addresses).items()):
        for place in places:
            ends = f"solicomm member ban '{place}' {one} --end"
            click.echo(f"  stays, as it protects the others: the ban in {place} ({ends})")


def not_anew(failures: Sequence[tuple[str, str]]) -> None:
    """Says what could not be made anew, so that pages there are as they were, and what to do."""
    for place, fault in failures:
        click.echo(f"  {place} could not be made anew: {fault}", err=True)
    if failures:
        click.echo("Pages there are as they were. Mend that, then run: solicomm build", err=True)


def _show_copies(hub: Config, receipt: Receipt) -> None:
    from solicomm_build.features.privacy import asking

    for line in asking.lines(hub, receipt):
        click.echo(f"  {line}")


def _status(hub: Config) -> bool:
    """Asks copies again, and shows all; whether some have something still."""
    from solicomm_build.features.privacy import asking, erasures, unfinished

    asking.ask(hub)
    for receipt in (found := erasures.receipts(hub)):
        state = "done" if receipt.done and not receipt.open else "OPEN"
        click.echo(f"{receipt.id}: {state}")
        _show_copies(hub, receipt)
    if not found:
        click.echo("Nothing was erased here so far")
    return unfinished.is_open(hub)


def _verify(hub: Config) -> bool:
    from solicomm_build.features.privacy.erasures import receipts

    found = receipts(hub)
    if not found:
        raise HubError("Nothing was erased here so far")
    return any([_show(hub, receipt, ()) for receipt in found])


def _show(hub: Config, receipt: Receipt, needles: tuple[str, ...]) -> bool:
    """Searches and says what is left; whether something is."""
    from solicomm_build.features.privacy.leftovers import search

    left = list(search(hub, receipt, needles))
    for one in left:
        click.echo(f"{receipt.id}: still in {one}", err=True)
    if not left:
        click.echo(f"{receipt.id}: nothing is left")
    return bool(left)
