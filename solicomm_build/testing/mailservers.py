"""Debian's own Postfix and Dovecot around a hub, for tests: each with the settings that
`solicomm mta-maps` writes, and with folders and loopback ports of its own in place of the
machine's. They need root, since both give their processes to users of theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from solicomm_build.features.founding import founding
from solicomm_build.features.mailboxes import mtamaps
from solicomm_build.foundation.hub import config as settings
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing.ports import free_port

PATIENCE = 30.0
"""Seconds; a loaded machine is slow, and nothing here is measured."""

_POSTFIX = """\
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
smtpd_sender_restrictions = reject_non_fqdn_sender
relayhost = [127.0.0.1]:{next_hop}
"""
_DOVECOT = """
base_dir = {folder}/dovecot-run
state_dir = {folder}/dovecot-state
log_path = {folder}/dovecot.log
listen = 127.0.0.1
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
# The last two: wrong passwords need not wait.


def missing(*programs: str) -> str:
    """Why servers cannot be run here; empty when they can."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/dovecot"
    absent = [program for program in programs if shutil.which(program, path=path) is None]
    if absent:
        return f"{', '.join(absent)} not installed: `make debian` does it"
    return "" if os.geteuid() == 0 else "Postfix and Dovecot need root"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that users of the servers can pass, which those of pytest are not."""
    made = Path(tempfile.mkdtemp(prefix="solicomm-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def configure(root: Path, text: str) -> Config:
    """The hub at `root` with lines of hub.yaml in place of those of the same keys."""
    file = root / settings.FILE
    old = file.read_text()
    for line in text.splitlines():
        key = line.partition(":")[0]
        old = re.sub(rf"(?m)^{key}:.*\n", "", old)
    file.write_text(old + text)
    return hubyaml.load(root)


def founded(folder: Path, text: str, *, lists: Mapping[str, str] = {}) -> Config:
    """A hub in `folder/hub` with lines of hub.yaml, in which `{run}` is the folder of its socket
    as deploy/systemd makes it, and `{folder}` is `folder`; with these lists, and who may post."""
    founding.found_hub(folder / "hub", name="Test hub", domain="hub.example", sample=False)
    run = folder / "run"
    run.mkdir()
    shutil.chown(run, group="postfix")
    run.chmod(0o2750)
    config = configure(folder / "hub", text.format(run=run, folder=folder))
    for name, posting in lists.items():
        founding.new_conference(
            config,
            name,
            kind="list",
            title=name.capitalize(),
            posting=posting,
            lang="en",
            visibility="public",
        )
    write_maps(config, folder / "mta")
    return config


def with_filter(maps: Path, port: int) -> None:
    """The shipped `main.cf` with the two lines of its filter out of their comments, and a client
    that may say where it comes from."""
    main = maps / "postfix" / "main.cf"
    text = main.read_text().replace(
        "# smtpd_milters = inet:127.0.0.1:11332", f"smtpd_milters = inet:127.0.0.1:{port}"
    )
    text = text.replace("# milter_default_action", "milter_default_action")
    main.write_text(f"{text}\nsmtpd_authorized_xclient_hosts = 127.0.0.1\n")


def certificate(folder: Path, name: str) -> None:
    """`cert.pem` and `key.pem` for two days, signed by themselves."""
    words = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-keyout key.pem -out cert.pem -subj /CN={name}"
    )
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


def write_maps(config: Config, out: Path) -> list[str]:
    """What `solicomm mta-maps` does; the names of what changed."""
    roster = RosterStore(open_repo(config.roster_repo))
    try:
        changed = mtamaps.write(config, roster.roster(), out)
    finally:
        roster.close()
    return [*changed, *mtamaps.compile_tables(out)]


def until(look: Callable[[], Any], what: str) -> Any:
    """What `look` finds, as soon as it does. Raises TimeoutError."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise TimeoutError(f"no {what}")


# -- the world ----------------------------------------------------------------------------------


@dataclass
class World:
    """All other mail servers of the world: takes everything but for addresses in `refused`."""

    port: int = 0
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        for address in envelope.rcpt_tos:
            sender = (envelope.mail_from or "").replace("<>", "")
            self.taken.append((sender, address, envelope.content))
        return "250 2.0.0 taken"

    def got(self, address: str) -> list[tuple[str, bytes]]:
        """Reverse-path and octets of what came for an address."""
        return [(sender, raw) for sender, to, raw in self.taken if to == address]


class _LongLines(SMTP):
    """Real servers take lines of more than 998 octets, which aiosmtpd does not."""

    line_length_limit = 1 << 20


class _Listener(Controller):
    def factory(self) -> SMTP:
        return _LongLines(self.handler, hostname="world.example", loop=self.loop)


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Listens until the block ends."""
    found = World(free_port())
    listener = _Listener(
        found, hostname="127.0.0.1", port=found.port, loop=asyncio.new_event_loop()
    )
    listener.start()
    try:
        yield found
    finally:
        listener.stop()


# -- Postfix ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running Postfix: its ports for the world and, with TLS, for people who log in."""

    folder: Path
    port: int
    submissions: int

    def queue(self) -> list[str]:
        """The files in its queue, other than those of its own affairs."""
        places = ("incoming", "active", "deferred", "hold", "maildrop")
        return [
            name
            for place in places
            for _, _, names in os.walk(self.folder / "queue" / place)
            for name in names
        ]

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "postfix.log").read_text(errors="replace")


@contextlib.contextmanager
def postfix(place: Path, maps: Path, next_hop: int) -> Iterator[Postfix]:
    """Runs Postfix with the settings in `maps/postfix`; mail to elsewhere goes to `next_hop`."""
    etc = place / "postfix"
    for made in (etc, place / "queue", place / "data"):
        made.mkdir()
    shutil.chown(place / "data", "postfix")
    running = Postfix(place, free_port(), free_port())
    master = (maps / "postfix" / "master.cf").read_text()
    for service, port in (("smtp", running.port), ("submissions", running.submissions)):
        master = re.sub(rf"(?m)^{service}\s+inet", f"127.0.0.1:{port} inet", master)
    (etc / "master.cf").write_text(master)
    (etc / "main.cf").write_text((maps / "postfix" / "main.cf").read_text())
    for line in _POSTFIX.format(folder=place, next_hop=next_hop).splitlines():
        subprocess.run(["postconf", "-c", etc, "-e", line], check=True, capture_output=True)
    _postfix(etc, "check")
    _postfix(etc, "start")
    try:
        until(lambda: _listens(running.port), "greeting of Postfix")
        yield running
    finally:
        _postfix(etc, "stop")


def _postfix(etc: Path, what: str) -> None:
    done = subprocess.run(
        ["postfix", "-c", str(etc), what], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"postfix {what}: {done.stderr}")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- Dovecot ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dovecot:
    """A running Dovecot: the ports of IMAP over TLS and of ManageSieve."""

    folder: Path
    imaps: int
    sieve: int

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "dovecot.log").read_text(errors="replace")


@contextlib.contextmanager
def dovecot(place: Path, maps: Path) -> Iterator[Dovecot]:
    """Runs Dovecot with the settings in `maps/dovecot`."""
    running = Dovecot(place, free_port(), free_port())
    text = (maps / "dovecot" / "dovecot.conf").read_text()
    text = text.replace("port = 993", f"port = {running.imaps}")
    text = text.replace("port = 4190", f"port = {running.sieve}")
    text = text.replace("/var/spool/postfix", str(place / "queue"))
    (place / "queue" / "private").mkdir(parents=True, exist_ok=True)
    (place / "dovecot-state").mkdir()
    file = place / "dovecot.conf"
    file.write_text(text + _DOVECOT.format(folder=place))
    program = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", file], start_new_session=True)
    try:
        until(lambda: _listens(running.imaps) or program.poll() is not None, "greeting of Dovecot")
        if program.poll() is not None:
            raise RuntimeError(running.log)
        yield running
    finally:
        program.terminate()
        program.wait(PATIENCE)


# -- rspamd -------------------------------------------------------------------------------------


@contextlib.contextmanager
def rspamd(place: Path, port: int, dns: tuple[str, int] = ("127.0.0.1", 1)) -> Iterator[None]:
    """Runs Debian's rspamd as a milter on `port`, with what docs/howto/mail-domain.md has it add;
    it asks the name server at `dns` and needs no other."""
    conf = place / "rspamd"
    (conf / "local.d").mkdir(parents=True, exist_ok=True)
    files = {
        "milter_headers.conf": 'use = ["authentication-results"];\n'
        'authenticated_headers = ["authentication-results"];\n',
        "worker-proxy.inc": f'bind_socket = "127.0.0.1:{port}";\nmilter = yes;\ntimeout = 20s;\n'
        'upstream "local" { default = yes; self_scan = yes; }\ncount = 1;\n',
        "worker-normal.inc": "enabled = false;\n",
        "worker-controller.inc": "enabled = false;\n",
        "worker-fuzzy.inc": "enabled = false;\n",
        "options.inc": f'dns {{ nameserver = ["{dns[0]}:{dns[1]}"]; timeout = 0.1s; '
        "retransmits = 1; }\n"
        f'url_tld = "{conf}/tld";\n',  # the whole list takes a minute to compile
        "actions.conf": "reject = 1000;\ngreylist = null;\nadd_header = 1000;\n",  # short mail
        "logging.inc": f'type = "file";\nfilename = "{conf}/log";\n',
    }
    for name, text in files.items():
        (conf / "local.d" / name).write_text(text)
    (conf / "tld").write_text("example\norg\n")
    shutil.chown(conf, "_rspamd")
    variables = {"LOCAL_CONFDIR": conf, "DBDIR": conf, "RUNDIR": conf, "LOGDIR": conf}
    told = [f"--var={name}={value}" for name, value in variables.items()]
    program = subprocess.Popen(
        ["rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", "/etc/rspamd/rspamd.conf", *told],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _listens(port) or program.poll() is not None, "greeting of rspamd")
        if program.poll() is not None:
            raise RuntimeError((conf / "log").read_text(errors="replace"))
        yield
    finally:
        program.terminate()
        program.wait(PATIENCE)
