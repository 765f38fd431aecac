"""A router at home: it has the address that the world sees, lets nothing out to port 25, and hands
what comes in at a hub's ports on to the machine behind it."""

from __future__ import annotations

import subprocess

_PORTS = "25,80,443,465,587,993"
_INSIDE, _OUTSIDE = "10.9.0.2", "192.0.2.25"
_RULES = (
    f"-t nat -A PREROUTING -d {_OUTSIDE} -p tcp -m multiport --dports {_PORTS}"
    f" -j DNAT --to-destination {_INSIDE}",
    "-t nat -A POSTROUTING -o wan -j MASQUERADE",
    f"-t nat -A POSTROUTING -o lan -s {_INSIDE} -d {_INSIDE} -j MASQUERADE",
    "-A FORWARD -i lan -o wan -p tcp --dport 25 -j REJECT",
)


class Router:
    """Lives as long as its cables: `connect` makes it anew."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def connect(self, machine: int, world: int) -> None:
        """Lays the cables between the networks of two processes, through this one."""
        self.stop()
        self._process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        own = self._process.pid
        while _net(own) == _net(machine) or _net(own) == _net("self"):
            pass
        lines = [
            (own, f"ip link add lan type veth peer name eth0 netns {machine}"),
            (own, f"ip link add wan type veth peer name eth0 netns {world}"),
            (own, "ip addr add 10.9.0.1/24 dev lan"),
            (own, f"ip addr add {_OUTSIDE}/24 dev wan"),
            (machine, f"ip addr add {_INSIDE}/24 dev eth0"),
            *((world, f"ip addr add 192.0.2.{one}/24 dev eth0") for one in (1, 2, 3)),
            (own, "ip link set lan up"),
            (own, "ip link set wan up"),
            (machine, "ip link set eth0 up"),
            (world, "ip link set eth0 up"),
            (machine, "ip route add default via 10.9.0.1"),
            (own, "sysctl -qw net.ipv4.ip_forward=1"),
            *((own, f"iptables {rule}") for rule in _RULES),
        ]
        for where, line in lines:
            words = ["nsenter", "--target", str(where), "--net", *line.split()]
            subprocess.run(words, check=True)

    def stop(self) -> None:
        """Pulls it out."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _net(pid: int | str) -> str:
    words = ["readlink", f"/proc/{pid}/ns/net"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
