"""`solicomm check`."""

from __future__ import annotations

import dataclasses
import json
import os

import click

from solicomm_build.cli import owner
from solicomm_build.cli.hub import with_hub_as_root
from solicomm_build.foundation.hub.config import Config


@click.command("check")
@click.option("--dns", "as_zone", is_flag=True, help="Print the DNS records, as a zone file.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
@click.option(
    "--probe",
    is_flag=False,
    flag_value="127.0.0.1:25",
    metavar="[ADDRESS:PORT]",
    help="Send a mail with a forged field through the mail server in front, on this machine.",
)
@click.option("--blocklists", is_flag=True, help="Also ask lists of bad senders about this one.")
@click.option("--fix", is_flag=True, help="Mend owners and modes first.")
@with_hub_as_root
def command(
    hub: Config, as_zone: bool, as_json: bool, probe: str | None, blocklists: bool, fix: bool
) -> None:
    """See whether the hub runs, its settings, DNS and certificate fit, private things are private,
    mail can go out and there is a new backup: what is wrong first, with what to do. Makes the DKIM
    key when there is none. Ends with 0 unless something is at fault.

    \b
    Example:
      solicomm check --hub hub
      solicomm check --hub hub --dns >> zone.db
      solicomm check --hub hub --probe
      sudo solicomm check --hub hub --fix
    """
    from solicomm_build.features.checks import dns, fixing, ports, registry
    from solicomm_build.message.auth import dnsrecords

    mended = fixing.owners(hub) if fix and os.geteuid() == 0 else []
    owner.become(hub.root)
    if as_zone:
        records = dns.records(hub)
        if as_json:
            click.echo(json.dumps([dataclasses.asdict(record) for record in records]))
        else:
            click.echo(dnsrecords.zone(records), nl=False)
        return
    for sentence in (*mended, *(fixing.rest(hub) if fix else ())):
        click.echo(f"mended: {sentence}", err=as_json)
    probes = () if probe is None else (registry.probing(_place(probe)),)
    asked = (ports.ASKED,) if blocklists else ()
    findings = registry.check(hub, (*registry.every(), *probes, *asked))
    if as_json:
        click.echo(json.dumps([one.row() for one in findings], ensure_ascii=False))
    else:
        for finding in registry.wrong_first(findings):
            click.echo(str(finding))
    if any(finding.level == "fault" for finding in findings):
        raise SystemExit(78)


def _place(said: str) -> tuple[str, int]:
    host, _, port = said.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise click.BadParameter("Write ADDRESS:PORT, such as 127.0.0.1:25.", param_hint="--probe")
    return host.strip("[]"), int(port)
