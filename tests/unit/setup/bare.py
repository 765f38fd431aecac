"""A machine in a folder: files are real, programs are played, and the power can be cut anywhere."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from solicomm_build.features.setup.machine import Ended, Machine
from solicomm_build.foundation.hub import hubyaml

WELL = Ended(0, "")
HUB = "srv/solicomm/hub"


class CutError(Exception):
    """The power is gone."""


class Bare:
    """What Debian's programs and our own do, as far as setup sees it. The run number `cut` ends
    everything: before the program begins, or, `late`, after it has done its work."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.packages: set[str] = {"bash"}
        self.accounts: set[str] = set()
        self.active: set[str] = set()
        self.ran: list[str] = []
        self.cut, self.late = 0, False
        self.refuses = ""
        self.listening = ""
        self._put("etc/os-release", 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian 13"\n')
        self._put("proc/meminfo", "MemTotal: 2000000 kB\n")
        (root / "run/systemd/system").mkdir(parents=True)

    def machine(self) -> Machine:
        return Machine(self.root, self, patience=0.0)

    def __call__(self, words: Sequence[str], typed: str) -> Ended:
        line = " ".join(words)
        self.ran.append(line)
        if self.cut == len(self.ran) and not self.late:
            raise CutError(line)
        if self.refuses and self.refuses in line:
            return Ended(100, "it does not want to")
        name = Path(words[0]).name.replace("-", "_")
        ended: Ended = getattr(self, f"_{name}", lambda *words: WELL)(*words[1:])
        if self.cut == len(self.ran):
            raise CutError(line)
        return ended

    def _put(self, inside: str, text: str) -> None:
        path = self.root / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _ss(self, *words: str) -> Ended:
        return Ended(0, self.listening)

    def _dpkg_query(self, *words: str) -> Ended:
        return Ended(0, "install ok installed") if words[-1] in self.packages else Ended(1, "")

    def _apt_get(self, verb: str, *words: str) -> Ended:
        names = {word for word in words if not word.startswith("-")}
        if verb == "install":
            self.packages |= names
            self._put("etc/postfix/main.cf.proto", "as Debian brings it\n")
            if "caddy" in names:
                self._put("etc/caddy/Caddyfile", "as Debian brings it\n")
            if "nginx" in names:
                self._put("etc/nginx/sites-enabled/default", "as Debian brings it\n")
            self._put("etc/dovecot/dovecot.conf", "as Debian brings it\n")
        else:
            self.packages -= names
        return WELL

    def _id(self, *words: str) -> Ended:
        return WELL if words[-1] in self.accounts else Ended(1, "")

    def _adduser(self, *words: str) -> Ended:
        self.accounts.add(words[-1])
        return WELL

    def _deluser(self, *words: str) -> Ended:
        self.accounts.discard(words[-1])
        return WELL

    def _install(self, *words: str) -> Ended:
        where = Path(words[-1])
        inside = where if where.is_relative_to(self.root) else self.root / words[-1].lstrip("/")
        inside.mkdir(parents=True, exist_ok=True)
        return WELL

    def _systemd_tmpfiles(self, *words: str) -> Ended:
        (self.root / "run/solicomm").mkdir(parents=True, exist_ok=True)
        return WELL

    def _systemctl(self, *words: str) -> Ended:
        verb, *units = (word for word in words if not word.startswith("--"))
        units = [unit.removesuffix(".service") for unit in units]
        if verb == "is-active":
            return WELL if units[0] in self.active else Ended(3, "")
        if verb == "restart" or "--now" in words:
            self.active = self.active - set(units) if verb == "disable" else {*self.active, *units}
        if verb == "restart" and "solicomm" in units:
            self._put("run/solicomm/lmtp", "")
        return WELL

    def _certbot(self, verb: str, *words: str) -> Ended:
        live = self.root / "etc/letsencrypt/live" / words[words.index("--cert-name") + 1]
        if verb == "delete":
            shutil.rmtree(live, ignore_errors=True)
            return WELL
        names = [words[at + 1] for at, word in enumerate(words) if word == "-d"]
        live.mkdir(parents=True, exist_ok=True)
        (live / "fullchain.pem").write_bytes(issued(names))
        (live / "privkey.pem").write_text("a key\n")
        return WELL

    def _env(self, said: str, hook: str) -> Ended:
        """The hook that setup wrote, played."""
        assert "fullchain.pem privkey.pem" in Path(hook).read_text()
        for name in ("fullchain.pem", "privkey.pem"):
            shutil.copy(Path(said.partition("=")[2]) / name, self.root / "etc/solicomm/tls")
        return WELL

    def _solicomm(self, verb: str, *words: str) -> Ended:
        yaml = self.root / HUB / "hub.yaml"
        if verb == "init":
            assert not any(yaml.parent.glob("*")), "init wants an empty folder"
            self._put(
                f"{HUB}/hub.yaml", hubyaml.template("Hub", words[words.index("--domain") + 1])
            )
            (self.root / HUB / "unions").mkdir(exist_ok=True)
        elif verb == "new":
            (self.root / HUB / f"unions/{words[1]}.git").mkdir(exist_ok=True)
        elif verb == "check":
            config = hubyaml.load(yaml.parent)
            return Ended(0, f"{config.domain}. 3600 IN MX 10 mail.{config.domain}.\n")
        elif verb == "mta-maps":
            names = ("postfix/main.cf", "postfix/master.cf", "dovecot/dovecot.conf")
            made = {name: f"# {name} of\n{yaml.read_text()}" for name in names}
            if "--show" in words:
                return Ended(0, json.dumps(made))
            for name, text in made.items():
                self._put(f"{HUB}/mta/{name}", text)
        elif verb == "web-config":
            name = "Caddyfile" if words[0] == "caddy" else "solicomm.conf"
            out = Path(words[words.index("--out") + 1]).relative_to(self.root)
            self._put(f"{out}/{name}", f"# {words[0]}\n")
        elif verb == "backup":
            for kind in ("service", "timer"):
                self._put(f"etc/systemd/system/solicomm-backup.{kind}", f"{words[0]}\n")
            self.active.add("solicomm-backup.timer")
        return WELL


def issued(names: Sequence[str]) -> bytes:
    """A certificate that another has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), False)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def files(root: Path) -> dict[str, str]:
    """Every file below a folder but what setup remembers, keys and certificates, which are new
    each time."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file() and not name.startswith("var/lib/solicomm-setup"):
            found[name] = "" if path.suffix == ".pem" else path.read_text()
    return found
