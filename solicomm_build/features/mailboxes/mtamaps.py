"""What Postfix and Dovecot need to know of a hub: which addresses exist, who may read, and their
own settings, filled in from `deploy/`.

    postfix/main.cf, master.cf     deploy/postfix with its @MARKS@ filled
    postfix/relay_domains          our domains, one a line
    postfix/transport              each to the hub's LMTP address
    postfix/relay_recipients       every address; Postfix cuts off a `+detail`
    postfix/return_paths           regexp: reverse-paths of forwards
    postfix/verified_recipients    regexp: addresses with tokens, which Postfix asks the hub about
    postfix/foreign_results        regexp: Authentication-Results that others write in our name
    postfix/own_traces             regexp: from where a person sends who has logged in
    postfix/virtual                mail of the machine's own users goes to the operator
    postfix/list_senders           regexp: what list copies come from has a transport of its own
    postfix/sender_logins          who may write from which address, when logged in
    postfix/srs_excluded_domains   our domains, for a sender rewriter of another program
    dovecot/dovecot.conf           deploy/dovecot with its @MARKS@ filled
    dovecot/reports.sieve          runs before people's own filters
    dovecot/passwd, dovecot/users  hashes of those who may log in; every mailbox that keeps mail

All are functions of hub.yaml, the conferences' names, the roster and `private/keys/passwd`. A file
is written in one step and only when it differs; what names people, conferences or passwords
(`_SECRET`) has mode 0640, for Postfix, which opens its tables as root, and for Dovecot, which has
the hub's group. Tables that Postfix reads
through its default database (`Maps.tables`) go through `postmap` when they changed; Postfix and
Dovecot notice by themselves then, no reload is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from solicomm_build.features.mailboxes import filters
from solicomm_build.foundation import data, formernames, safeio
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.smarthost import PASSWORDS, Smarthost
from solicomm_build.foundation.hub.webhost import shown
from solicomm_build.people import addresses, passwords, srs
from solicomm_build.people.address import SITE, Purpose, suffixes
from solicomm_build.people.memberstore import address_of
from solicomm_build.people.recipients import ALWAYS
from solicomm_build.people.roster import Roster

LMTP = "unix:/run/solicomm/lmtp"
"""Where Postfix hands mail over when hub.yaml does not say."""

TABLES = ("transport", "relay_recipients", "virtual", "sender_logins")
"""What goes through postmap."""

_RUN_DOVECOT = "/run/dovecot/"  # Dovecot's base_dir, where it has listeners of its own

_SECRET = (
    "dovecot/passwd",
    "dovecot/users",
    "postfix/relay_recipients",
    "postfix/sender_logins",
    "postfix/virtual",
)
_HEAD = "# Written by `solicomm mta-maps`; changes here are lost.\n"
_TEMPLATES = ("postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf")
_OF_OLD = {"dovecot/dovecot.conf": "dovecot/dovecot-2.3.conf"}
"""What Dovecot 2.3 gets in place of a file: its settings have other names."""
_OWN_TRACES = (
    r"/^Received:[[:space:]]+from[[:space:]].*([[:space:]]by [^[:space:]]+ \(Postfix\) with .*)$/"
    " REPLACE Received:${1}",
    "/^(Received|X-Received|X-Originating-IP)[[:space:]]*:/ IGNORE",
)
"""Postfix writes down machine and network of whoever hands mail in; what a program wrote goes."""
_REPORTS = (
    'require ["envelope", "fileinto", "copy"];',
    'if allof (envelope :is "from" "", header :contains "content-type" "multipart/report") {',
    '  fileinto :copy "INBOX";',
    "}",
)
"""A report of failed delivery is kept, whatever a person's filter does with it."""
_ONLY_WITH = re.compile(
    r"^@IF (TLS|DOVECOT|AUTHSERV|SMARTHOST|SMARTHOST_TLS|PLAINWAY)@ ?", re.MULTILINE
)


def write(config: Config, roster: Roster, folder: Path) -> list[str]:
    """Brings the files in `folder` up to date; the names of those that changed. Blocking."""
    return put(config, files(config, roster, folder, old_dovecot=is_old_dovecot()), folder)


def put(config: Config, texts: Mapping[str, str], folder: Path) -> list[str]:
    """Writes what `files` gave, where it differs; the names of those that changed. Blocking."""
    changed = []
    for name, text in sorted(texts.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        octets = text.encode("utf-8")
        mode = 0o640 if name in _SECRET else 0o644
        if not path.is_file() or path.read_bytes() != octets:
            safeio.write_atomic(path, octets, mode=mode)
            changed.append(name)
        _keep(config, path, mode)
    return changed


def _keep(config: Config, path: Path, mode: int) -> None:
    """Has a file, and what postmap made of it, be read by nobody who must not."""
    for file in (path, *path.parent.glob(f"{path.name}.*")):
        if mode == 0o640:
            file.chmod(file.stat().st_mode & mode)
            if os.geteuid() == 0:  # else it is the hub's user, whose group Dovecot gets
                os.chown(file, -1, _owner(config).st_gid)


def compile_tables(folder: Path) -> list[str]:
    """Runs postmap on the tables it has not seen as they are; their names. None without Postfix.

    Raises UsageError with Postfix's words when it refuses. Blocking.
    """
    postmap = shutil.which("postmap", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if postmap is None:
        return []
    stale = [name for name in TABLES if _is_stale(folder / "postfix" / name)]
    if stale:
        words = [postmap, "-c", str(folder / "postfix"), *stale]
        done = subprocess.run(words, cwd=folder / "postfix", capture_output=True, check=False)
        if done.returncode:
            raise UsageError(f"postmap: {done.stderr.decode('utf-8', 'replace').strip()}")
    return stale


def _is_stale(table: Path) -> bool:
    """Whether no compiled form of a table is as new as it is."""
    compiled = [path for path in table.parent.glob(f"{table.name}.*") if path.suffix != ".tmp"]
    return not any(path.stat().st_mtime_ns >= table.stat().st_mtime_ns for path in compiled)


def is_old_dovecot() -> bool:
    """Whether this machine has a Dovecot before 2.4; one that is not there yet is new. Blocking."""
    dovecot = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if dovecot is None:
        return False
    said = subprocess.run([dovecot, "--version"], capture_output=True, text=True, check=False)
    return said.stdout.startswith("2.3.")


def files(
    config: Config, roster: Roster, folder: Path, *, old_dovecot: bool = False
) -> dict[str, str]:
    """The text of every file by its name below `folder`, where the settings say they lie."""
    rules = sorted(roster.mailboxes.values(), key=lambda rule: rule.name)
    boxes = [address_of(config, rule) for rule in rules]
    kept = [address for address, rule in zip(boxes, rules, strict=True) if rule.keep]
    hashes = passwords.read(config)
    domains = [one for domain in config.all_domains for one in _spelled(domain)]
    found = {
        "postfix/relay_domains": _lines(domains),
        "postfix/transport": _lines(f"{one} lmtp:{_lmtp(config)}" for one in domains),
        "postfix/relay_recipients": _lines(
            f"{one} OK" for address in _addresses(config, boxes) for one in _spelled(address)
        ),
        "postfix/return_paths": _lines([_pattern(rf"^{srs.PREFIX}[^@]+", config, "OK")]),
        "postfix/verified_recipients": _lines(_verified(config)),
        "postfix/foreign_results": _lines(_foreign_results(config)),
        "postfix/own_traces": _lines(_OWN_TRACES),
        "postfix/virtual": _lines(_virtual(config)),
        "postfix/list_senders": _lines([_pattern(r"^[^@]+-bounces(\+[^@]+)?", config, "list:")]),
        "postfix/sender_logins": _lines(
            f"{one} {one}" for one in kept if one in hashes and _is_ours(config, one)
        ),
        "postfix/srs_excluded_domains": _lines(config.all_domains),
        "dovecot/reports.sieve": _lines(_REPORTS),
        "dovecot/users": _lines(f"{one}:::::::" for one in kept),
        "dovecot/passwd": _lines(f"{one}:{hashes[one]}" for one in kept if one in hashes),
    }
    return found | settings(config, folder, old_dovecot=old_dovecot)


def _lines(lines: Iterable[str]) -> str:
    return _HEAD + "".join(f"{line}\n" for line in lines)


def _addresses(config: Config, mailboxes: list[str]) -> Iterator[str]:
    for domain in config.all_domains:
        yield from (f"{name}@{domain}" for name in sorted(ALWAYS))
    own = (SITE, f"{SITE}-confirm", f"{SITE}-bounces")
    yield from (f"{name}@{config.domain}" for name in own)
    words = suffixes()
    former = formernames.now(config.private, "conferences")
    there = [path.stem for path in config.conferences.glob("*.git")]
    for conference in sorted({*there, *former}):
        yield f"{conference}@{config.domain}"
        yield from (f"{conference}-{word}@{config.domain}" for word in words)
    yield from (f"{name}@{config.domain}" for name in addresses.local_parts(config))
    yield from (one for one in mailboxes if _is_ours(config, one))


def _spelled(address: str) -> list[str]:
    """An address or a domain, and the same in its own script where that is another: servers may
    write either (RFC 6531 3.7.1), and Postfix compares them as they are written."""
    local, at, domain = address.rpartition("@")
    return list(dict.fromkeys((address, f"{local}{at}{shown(domain)}")))


def _is_ours(config: Config, address: str) -> bool:
    """Whether an address of the roster is at a domain that the hub has still."""
    return address.rpartition("@")[2] in config.all_domains


def _verified(config: Config) -> list[str]:
    """A token may be forged or over, which only the hub knows."""
    ask = "reject_unverified_recipient"
    needs_one = f"[^@]+-({Purpose.CONFIRM}|{Purpose.MODERATE})"
    return [
        _pattern(r"^[^@]*\+[^@]*", config, ask),
        _pattern(f"^{needs_one}", config, ask),
        *(_pattern(f"^{kind.unsure}", config, ask) for kind in addresses.kinds() if kind.unsure),
        _pattern(f"^{srs.PREFIX}[^@]*", config, ask),
    ]


def _pattern(local: str, config: Config, result: str) -> str:
    """A line of a regexp table for addresses at the hub's domain."""
    domain = "|".join(map(re.escape, _spelled(config.domain)))
    return f"/{local}@{f'({domain})' if '|' in domain else domain}$/ {result}"


def _virtual(config: Config) -> Iterator[str]:
    to = config.operator or f"postmaster@{config.domain}"
    yield from (f"{user}@{config.domain} {to}" for user in ("root", "mailer-daemon"))


def _foreign_results(config: Config) -> Iterator[str]:
    """Fields in our mail server's name that came with a mail, and such as only look so: quoted,
    after a comment, or on a line of its own (RFC 8601 2.2)."""
    if config.authserv_id is None:
        return
    blanks = r"([[:space:]]|\([^()]*\))*"
    name = re.escape(config.authserv_id)
    field = rf'^Authentication-Results[[:space:]]*:{blanks}"?{name}"?([[:space:];(]|$)'
    yield f"/{field}/ IGNORE"


def _lmtp(config: Config) -> str:
    where = config.lmtp or LMTP
    return where if where.startswith("unix:") else f"inet:{where}"


# -- settings ---------------------------------------------------------------------------------


def settings(config: Config, folder: Path, *, old_dovecot: bool = False) -> dict[str, str]:
    """The text of the files that go into /etc, by name; a function of deploy/ and hub.yaml alone.
    Raises UsageError for a value that would begin a line of its own there."""
    of = _OF_OLD if old_dovecot else {}
    return {name: _filled(of.get(name, name), config, folder) for name in _TEMPLATES}


def _filled(name: str, config: Config, folder: Path) -> str:
    """A file of deploy/ with its marks filled and the lines that do not apply taken out."""
    text = (data.folder("deploy") / name).read_text("utf-8")
    by_socket = (config.dovecot or "").startswith("unix:")
    there = {
        "TLS": config.tls is not None,
        "DOVECOT": by_socket,
        "AUTHSERV": config.authserv_id is not None,
        "SMARTHOST": config.smarthost is not None,
        "PLAINWAY": config.smarthost is None,
        "SMARTHOST_TLS": config.smarthost is not None and config.smarthost.port == 465,
    }
    lines = [line for line in text.splitlines(keepends=True) if _applies(line, there)]
    text = _ONLY_WITH.sub("", "".join(lines))
    for mark, value in _marks(config, folder).items():
        if not value.isprintable():
            raise UsageError(f"hub.yaml: {value!r} has a character that {name} cannot have")
        text = text.replace(f"@{mark}@", value)
    return text


def _applies(line: str, there: dict[str, bool]) -> bool:
    match = _ONLY_WITH.match(line)
    return match is None or there[match[1]]


def _marks(config: Config, folder: Path) -> dict[str, str]:
    certificate, key = config.tls or ("", "")
    onwards = config.smarthost or Smarthost("")
    owner = _owner(config)
    return {
        "DOMAIN": config.domain,
        "MAPS": str(folder),
        "CERTIFICATE": str(certificate),
        "KEY": str(key),
        "MESSAGE_BYTES": str(config.limits.message_bytes),
        "RECIPIENTS": str(config.limits.recipients),
        "SMARTHOST": f"[{onwards.host}]:{onwards.port}",
        "PASSWORDS": PASSWORDS,
        "RELAY_HOST": config.relay[0],
        "RELAY_PORT": str(config.relay[1]),
        "MAILDIRS": str(config.maildirs),
        "MIRRORS": str(config.mirrors),
        "HOMES": str(filters.homes(config)),
        "DOVECOT_LMTP": (config.dovecot or "").removeprefix("unix:").removeprefix(_RUN_DOVECOT),
        "UID": str(owner.st_uid),
        "USER": ownership.name_of(owner.st_uid),
        "GROUP": ownership.group_of(owner.st_gid),
    }


def _owner(config: Config) -> os.stat_result:
    """Whose the hub is: the user that runs it."""
    return ownership.whose(config.private)
