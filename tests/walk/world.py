"""What a hub meets outside: a DNS (BIND), a certificate authority (Pebble), a mail server.

All of it in namespaces of its own, at 192.0.2.1, or 2001:db8::1 in a world that speaks IPv6 alone,
with Debian's programs. Zones may be updated
(RFC 2136) by who knows the key, as certbot's plugin does.
"""

from __future__ import annotations

import email
import ipaddress
import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from email import policy
from pathlib import Path

from tests.walk.machine import PATIENCE, SCRIPT, child_of

ADDRESS = "192.0.2.1"
KEY = "dG9nZXRoZXItd2UtYXJlLXN0cm9uZy1hbmQtZnJlZSE="
ACME = "acme.example"
PROVIDER = "smtp.provider.example"

_NAMES = ("acme", "elsewhere", "home")

_POST = """\
import sys, time, os
from aiosmtpd.controller import Controller
class Keep:
    async def handle_DATA(self, server, session, envelope):
        name = "/var/mail/%s-%d" % (envelope.rcpt_tos[0], time.time_ns())
        with open(name + ".new", "wb") as file:
            file.write(envelope.content)
        os.rename(name + ".new", name)
        return "250 kept"
Controller(Keep(), hostname="@ADDRESS@", port=25).start()
while True:
    time.sleep(3600)
"""

_SERVICES = """\
hostname world
mkdir -p /run/named /var/mail
chown bind /run/named /var/cache/bind /etc/bind/walk
named -u bind -c /etc/bind/walk.conf
export PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0
pebble -config /etc/pebble.json -dnsserver @SERVER@:53 > /var/log/pebble.log 2>&1 &
git daemon --base-path=/srv --export-all > /var/log/git.log 2>&1 &
python3 /usr/local/lib/post.py > /var/log/post.log 2>&1 &
cat
"""


@dataclass
class World:
    """Started by `begin`, over with `stop`."""

    root: Path
    six: bool = False
    _process: subprocess.Popen[bytes] | None = None
    pid: int = 0

    @property
    def address(self) -> str:
        """Its own."""
        return "2001:db8::1" if self.six else ADDRESS

    @property
    def machine(self) -> str:
        """Of the machine that the hub is on, as the world sees it."""
        return "2001:db8::25" if self.six else "192.0.2.25"

    @property
    def more(self) -> tuple[str, str]:
        """Those of two servers more."""
        return ("2001:db8::2", "2001:db8::3") if self.six else ("192.0.2.2", "192.0.2.3")

    @property
    def server(self) -> str:
        """Its address as it stands before a port."""
        return f"[{self.address}]" if self.six else self.address

    def begin(self) -> None:
        """Makes its namespaces; nothing serves yet, since there is no cable."""
        self._process = subprocess.Popen(
            [SCRIPT, "enter", self.root], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        self.pid = child_of(self._process)

    def serve(self) -> None:
        """Starts everything; the cable must be there."""
        self._write_zones()
        self._write_authority()
        _written(self.root / "usr/local/lib/post.py", _POST.replace("@ADDRESS@", self.address))
        for letter in (self.root / "var/mail").glob("*@*"):
            letter.unlink()
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(_SERVICES.replace("@SERVER@", self.server).encode())
        self._process.stdin.flush()

    def run(self, text: str) -> str:
        """What a line prints there; raises when it fails."""
        words = ["nsenter", "--target", str(self.pid), "--all", "--root", "--wd", "--"]
        words += ["/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        done = subprocess.run(
            [*words, "/bin/sh", "-ec", text], capture_output=True, timeout=PATIENCE, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"{text!r} in the world: {done.stderr.decode()} {done.stdout.decode()}"
            )
        return done.stdout.decode()

    def publish(self, records: str) -> None:
        """Adds records, a zone file's lines, to the DNS; what is there already stays."""
        whole = re.sub(r"\(([^()]*)\)", lambda match: " ".join(match[1].split()), records)
        lines = [line.strip() for line in whole.splitlines()]
        lines = [line for line in lines if line and line[0] not in ";$"]
        adds = [re.sub(r"^(\S+) +IN ", r"\1 60 IN ", line) for line in lines]
        script = "\n".join([f"server {self.address}", f"key hmac-sha256:walk {KEY}"])
        for add in adds:
            script += f"\nupdate add {add}\nsend"
        (self.root / "tmp/updates").write_text(f"{script}\n")
        self.run("nsupdate /tmp/updates")

    def wait(self, text: str) -> str:
        """Runs a line until it goes well."""
        until = time.monotonic() + 60
        while True:
            try:
                return self.run(text)
            except RuntimeError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.3)

    def roots(self) -> str:
        """The certificates that people trust: of the authority, and of its own web server."""
        fetch = "import ssl,urllib.request as u; c=ssl._create_unverified_context()"
        fetch += f"; page=u.urlopen('https://{self.server}:15000/roots/0', context=c)"
        fetch += "; print(page.read().decode())"
        return self.wait(f'python3 -c "{fetch}"')

    def server_certificate(self) -> str:
        """Of the authority's web server, which is its own root."""
        return (self.root / "etc/pebble.pem").read_text()

    def send(self, sender: str, to: str, subject: str, text: str, msgid: str = "") -> None:
        """Hands a mail over to the machine's port 25, unsigned, as a stranger would."""
        head = f"From: {sender}\nTo: {to}\nSubject: {subject}"
        head += f"\nMessage-ID: <{msgid or f'{time.time_ns()}@home.example'}>"
        head += f"\nDate: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())}"
        (self.root / "tmp/mail").write_text(f"{head}\n\n{text}\n")
        send = f"import smtplib; c=smtplib.SMTP('{self.machine}', 25, 'home.example', 60)"
        send += f"; c.sendmail('{sender}', '{to}', open('/tmp/mail','rb').read())"
        self.wait(f'python3 -c "{send}"')

    def got(self, address: str, words: str) -> str:
        """Waits for a mail to an address with these words in it, and gives it as it came, with its
        texts decoded below."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            for letter in sorted((self.root / "var/mail").glob(f"{address}-*")):
                if letter.suffix != ".new" and words in (text := _read(letter)):
                    return text
            time.sleep(0.2)
        raise TimeoutError(f"no mail with {words!r} came to {address}")

    def stop(self) -> None:
        """Ends all of it."""
        if self._process is not None:
            os.kill(self.pid, signal.SIGKILL)
            self._process.wait(PATIENCE)

    @property
    def kind(self) -> str:
        """Of records with addresses."""
        return "AAAA" if self.six else "A"

    def _zones(self) -> dict[str, str]:
        kind, machine = self.kind, self.machine
        here = "".join(f"{n} {kind} {self.address}\n{n} MX 10 {n}\n" for n in _NAMES)
        for name, address in zip(("far", "near"), self.more, strict=True):
            here += f"{name} {kind} {address}\n{name} MX 10 {name}\n"
        back = {ipaddress.ip_address(machine): "mail.hub.example.org."}
        back[ipaddress.ip_address(self.address)] = "elsewhere.example."
        return {
            ".": "",
            "example": f"{here}smtp.provider {kind} {self.more[1]}\n",
            "example.org": f"www.dockers {kind} {machine}\n",
            "unions.example": f"@ {kind} {machine}\n* {kind} {machine}\n",
            "ip6.arpa" if self.six else "in-addr.arpa": "".join(
                f"{address.reverse_pointer}. PTR {name}\n" for address, name in back.items()
            ),
        }

    def _write_zones(self) -> None:
        listens = "none" if self.six else self.address
        config = f'options {{ directory "/var/cache/bind"; listen-on {{ {listens}; }};\n'
        config += f"  listen-on-v6 {{ {self.address if self.six else 'none'}; }};\n"
        config += "  recursion yes; allow-query { any; };\n"
        config += "  dnssec-validation no; empty-zones-enable no; };\n"
        config += f'key walk {{ algorithm hmac-sha256; secret "{KEY}"; }};\n'
        for zone, records in self._zones().items():
            file = f"/etc/bind/walk/{zone.strip('.') or 'root'}"
            config += (
                f'zone "{zone}" {{ type primary; file "{file}"; allow-update {{ key walk; }}; }};\n'
            )
            ends = "" if zone == "." else f"ns {self.kind} {self.address}\n"
            name = "ns." if zone == "." else f"ns.{zone}."
            text = f"$TTL 60\n@ SOA {name} root.{name} 1 60 60 600 60\n@ NS {name}\n{ends}{records}"
            for old in self.root.glob(f"{file.lstrip('/')}*"):
                old.unlink()
            _written(self.root / file.lstrip("/"), text)
        _written(self.root / "etc/bind/walk.conf", config)

    def _write_authority(self) -> None:
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "300", "-subj"]
        names = f"subjectAltName=DNS:{ACME},DNS:{PROVIDER},IP:{self.address}"
        make += [f"/CN={ACME}", "-addext", names]
        make += [
            "-keyout",
            str(self.root / "etc/pebble.key"),
            "-out",
            str(self.root / "etc/pebble.pem"),
        ]
        subprocess.run(make, check=True, capture_output=True)
        settings = {
            "listenAddress": "[::]:14000",
            "managementListenAddress": "[::]:15000",
            "certificate": "/etc/pebble.pem",
            "privateKey": "/etc/pebble.key",
            "httpPort": 80,
            "tlsPort": 443,
            "externalAccountBindingRequired": False,
            "certificateValidityPeriod": 90 * 86_400,
        }
        _written(self.root / "etc/pebble.json", json.dumps({"pebble": settings}))


def _read(letter: Path) -> str:
    """A mail's octets as text, and after them the text of each of its parts."""
    raw = letter.read_bytes()
    parts = email.message_from_bytes(raw, policy=policy.default).walk()
    texts = [part.get_content() for part in parts if part.get_content_maintype() == "text"]
    return "\n".join([raw.decode("utf-8", "replace"), *texts])


def _written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
