"""`solicomm cluster`."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import BinaryIO

import click

from solicomm_build.cli.hub import with_hub, with_hub_as_root
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import finding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding


@click.group("cluster")
def command() -> None:
    """Take a hub from one machine to several, see how they stand, take one out, and go back.

    \b
    Example:
      solicomm cluster init n1 n2 n3
      solicomm cluster status
    """


@command.command("init")
@click.argument("machines", nargs=-1, required=True, metavar="NAME[=HOST]...")
@click.option("--etcd", multiple=True, metavar="URL", help="A member of etcd; else on each host.")
@click.option("--folder", default="/srv/git", metavar="DIR", help="Of followers, on each machine.")
@click.option(
    "--ssh-port",
    type=click.IntRange(1, 65_535),
    default=22,
    metavar="PORT",
    help="Of sshd, on each machine.",
)
@click.option("--s3", "store", default="", metavar="URL", help="A store of objects for all.")
@click.option("--buckets", default="hub", metavar="NAME", help="How names of its buckets begin.")
@click.option("--divided", is_flag=True, help="Each cell has an owner of its own.")
@click.option("--by-hand", is_flag=True, help="Only name the files that lie outside of the hub.")
@with_hub_as_root
def init(
    hub: Config,
    machines: tuple[str, ...],
    etcd: tuple[str, ...],
    folder: str,
    ssh_port: int,
    store: str,
    buckets: str,
    divided: bool,
    by_hand: bool,
) -> None:
    """Take the hub of this machine to several, of which this one is named first. Looks whether
    etcd, the store, the clocks and this machine are as they have to be; makes this machine a
    follower; says what to type on the others; and writes hub.yaml when they can be reached. Run it
    again until it ends with 0.

    \b
    Example:
      solicomm cluster init n1 n2 n3 --hub /srv/solicomm/hub
      solicomm cluster init n1=192.0.2.1 n2=192.0.2.2 n3=192.0.2.3
    """
    from solicomm_build.features.cells.machines import beginning, plan

    hosts = plan.hosts(machines)
    members = etcd or tuple(f"http://{host}:2379" for host in hosts.values())
    user = beginning.user_of(hub.root)
    wanted = plan.Plan(hosts, members, user, folder, ssh_port, store, buckets, divided)
    if code := beginning.begin(hub, wanted, by_hand=by_hand, say=click.echo):
        raise SystemExit(code)


@command.command("join")
@click.argument("node", metavar="NAME")
@click.option(
    "--from",
    "parcel",
    required=True,
    type=click.File("rb"),
    metavar="FILE",
    help="What `cluster init` wrote.",
)
@click.option("--by-hand", is_flag=True, help="Only name the files that lie outside of the hub.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it has everything.")
@click.option("--hub", "root", metavar="DIR", help="The folder that the hub gets here.")
def join(node: str, parcel: BinaryIO, by_hand: bool, no_wait: bool, root: str | None) -> None:
    """Make this machine one of a hub's, called NAME there. FILE is what `solicomm cluster init`
    wrote on the machine that has the hub (`-` for standard input). Waits until this machine has
    everything.

    \b
    Example:
      solicomm cluster join n2 --from join.tar --hub /srv/solicomm/hub
    """
    from solicomm_build.features.cells.machines import joining

    folder = Path(root or os.environ.get("SOLICOMM_HUB") or ".").absolute()
    wish = joining.Wish(folder, node, parcel.read(), by_hand, no_wait)
    raise SystemExit(joining.join(wish, click.echo))


@command.command("drain")
@click.option("--to", default="", metavar="NAME", help="To this machine; else to each in turn.")
@click.option("--alone", is_flag=True, help="Go back to this machine alone; nobody may serve.")
@with_hub
def drain(hub: Config, to: str, alone: bool) -> None:
    """Hand all cells of this machine over, wait until others have them and nothing waits here, and
    say whether it may be switched off. With --alone, while the hub stands still on all machines:
    make it a hub of this one machine.

    \b
    Example:
      solicomm cluster drain
      solicomm cluster drain --to n2
      solicomm cluster drain --alone
    """
    from solicomm_build.features.cells.machines import alone as back
    from solicomm_build.features.cells.machines import draining

    if alone and to:
        raise UsageError("--alone and --to are two things. Say one of them")
    if alone:
        back.alone(hub, click.echo)
        return
    raise SystemExit(draining.drain(hub, to, click.echo))


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@with_hub
def status(hub: Config, as_json: bool) -> None:
    """Say how the machines of a hub stand, on any of them: who is there, whose each cell is, how
    far followers are, whether etcd, the store and servers for copies answer; and what is wrong,
    with what helps. Ends with 0 unless something is at fault.

    \b
    Example:
      solicomm cluster status
      solicomm cluster status --json
    """
    from solicomm_build.features.cells.machines import showing, survey, troubles
    from solicomm_build.foundation.hub.cluster import relays

    if not hub.cluster.is_shared:
        raise UsageError("this hub is on one machine; `solicomm cluster init` takes it to several")
    found = dataclasses.replace(survey.look(hub), relays=tuple(relays.look(hub)))
    wrong = [*troubles.of(hub, found), *relays.wrong(found.relays), *_of_erasures(hub)]
    if as_json:
        facts = dataclasses.asdict(found) | {"wrong": [dataclasses.asdict(one) for one in wrong]}
        click.echo(json.dumps(facts, indent=1))
    else:
        for line in showing.lines(hub, found):
            click.echo(line)
        for one in wrong:
            click.echo(f"{one.level.upper()}: {one.what}. {one.remedy}")
        if not wrong:
            click.echo("Nothing is wrong")
    if any(one.level == "fault" for one in wrong):
        raise SystemExit(75)


def _of_erasures(hub: Config) -> list[Finding]:
    """What other machines have still of what was erased, as the check of that name says."""
    checks = (one for one in finding.of_features() if one.id == "erasures")
    return [one for check in checks for one in check.look(hub) if one.level != "fine"]
