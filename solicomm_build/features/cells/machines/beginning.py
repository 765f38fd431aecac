"""`solicomm cluster init`: a hub on one machine becomes one on several.

    here a follower, too → the key → what is wrong? → others not there yet: what they need, in a
    file; type it there → all there: hub.yaml

It may be run again at any time; hub.yaml is written last, when every machine can be reached.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from solicomm_build.cli import owner
from solicomm_build.features.cells.machines import followerfiles, parcel, plan, readiness, sshkeys
from solicomm_build.features.cells.machines.followerfiles import Wanted
from solicomm_build.features.cells.machines.plan import Plan
from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml, ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding

FAULTY, WAITS = 78, 75
Say = Callable[[str], None]


def begin(config: Config, wanted: Plan, *, by_hand: bool, say: Say) -> int:
    """Does as much of it as can be done now, and says what is next; the exit code. Run as root to
    have system files installed, else they are named. Raises UsageError, ConfigError, HubError.
    Blocking."""
    if config.cluster.is_shared and config.cluster.node != wanted.node:
        fault = f"this machine is {config.cluster.node} in hub.yaml, and you call it {wanted.node}"
        raise UsageError(f"{fault}. Name it first")
    text = plan.wanted(config, wanted)
    found = hubyaml.parse(text, config.root)
    public = owned(config, lambda: sshkeys.public(config.keys))
    follow(follower(found, wanted.user, public), by_hand=by_hand, say=say)
    owner.become(config.root)
    if found.cluster.s3 is not None:
        keys.spool_key(config.keys)
    meet(config, wanted.hosts, wanted.port, say)
    faults = list(readiness.look(found))
    if not config.cluster.is_shared:
        faults += readiness.of_before(found)
    if tell(faults, say):
        say("hub.yaml is as it was. Mend this, then type the same line again")
        return FAULTY
    waiting = readiness.unreached(found)
    if waiting:
        _explain(config, text, waiting, wanted, say)
        return WAITS
    plan.keep(config.root, text)
    parcel.path(config).unlink(missing_ok=True)
    say(f"hub.yaml has `cluster` now: {', '.join(wanted.hosts)}; each can be reached")
    say("Restart the hub here, and then see:")
    say("  systemctl restart solicomm")
    say("  solicomm cluster status")
    if found.cluster.s3 is not None and found.cluster.s3.pages:
        say("Pages go to the store by themselves from then on; `solicomm publish --once` waits")
    return 0


def owned(config: Config, work: Callable[[], str]) -> str:
    """What `work` returns, done as the hub's owner, so that no file is root's."""
    return owner.by_owner(config.root, lambda: {"said": work()})["said"]


def follower(config: Config, user: str, key: str) -> Wanted:
    """This machine as a follower of the others, for the hub's user and the line of their key."""
    s3 = config.cluster.s3
    hub = config.root.absolute() if s3 is not None and s3.spool else None
    return Wanted(user, config.cluster.git.own, key, hub)


def follow(wanted: Wanted, *, by_hand: bool, say: Say) -> None:
    """Makes this machine a follower, or says how. The rule of sshd leaves the hub's user no other
    way in, so it is not made for somebody who logs in."""
    if by_hand or os.geteuid() != 0 or not wanted.is_of_system:
        say("As root, on this machine, unless it is so already:")
        if not wanted.is_of_system:
            say(f"  (by ssh {wanted.user} can do nothing else then: better give the hub a user of")
            say("  its own, as `solicomm setup` does)")
        for line in wanted.by_hand():
            say(f"  {line}")
        return
    for path in followerfiles.install(wanted):
        say(f"wrote {path}")
    for line in followerfiles.activate(wanted):
        say(f"WARNING: {line}")


def meet(config: Config, hosts: Mapping[str, str], port: int, say: Say) -> None:
    """Learns the host keys of all machines that answer."""
    met = sshkeys.meet(config.keys, [*hosts.values()], port)
    if any(met.values()):
        say("Compare: on each machine `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` says")
    for host, said in met.items():
        if said:
            say(f"  {host}  {said}")


def tell(found: list[Finding], say: Say) -> bool:
    """Says what was found; whether some of it is a fault."""
    for one in found:
        say(f"{one.level.upper()}: {one.what}. {one.remedy}")
    return any(one.level == "fault" for one in found)


def user_of(root: Path) -> str:
    """Whose a hub is, or will be once it is made there."""
    return ownership.name_of(owner.owner_of(root).st_uid)


def _explain(config: Config, text: str, waiting: Mapping[str, str], wanted: Plan, say: Say) -> None:
    """What is to be typed on the machines that cannot be reached yet."""
    tar = parcel.write(config, text)
    for name, why in sorted(waiting.items()):
        say(f"{name} cannot be reached by git yet: {why}")
    say(f"{tar} has hub.yaml and all keys of the hub: let nobody else have it, and take it away")
    say("where it was used. Type, as root:")
    for name in sorted(waiting):
        say(f"  scp {tar} {wanted.hosts[name]}:     and on {name}:")
        say(f"    solicomm cluster join {name} --from join.tar --hub {config.root}")
    say("then the same line again here. hub.yaml is as it was until then")
