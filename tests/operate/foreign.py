"""Two mail servers of others, as Debian has them, which judge what comes by themselves.

`far.example` is Exim, which checks SPF and DKIM itself; `near.example` is Postfix with
OpenDKIM and OpenDMARC, and, as `smtp.provider.example`, sends on for who logs in at port 587. They
live in the world, at addresses of their own; each keeps its mail in one mbox of `/var/mail`.
"""

from __future__ import annotations

import mailbox
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.walk.world import PROVIDER, World

USER, SECRET = "hub", "tides under the pier"
_PACKAGES = "postfix opendkim opendmarc sasl2-bin libsasl2-modules libsasl2-modules-db publicsuffix"
_INSTALL = f"""\
printf 'exit 101\\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
apt-get -qq update
apt-get install -qq -y --no-install-recommends {_PACKAGES} > /dev/null
cd /var/cache; apt-get download -qq exim4-daemon-heavy
apt-get install -qq -y --no-install-recommends $(dpkg-deb -f exim4-daemon-heavy_*.deb Depends |
  tr ',' '\\n' | sed 's/(.*//; s/|.*//; s/ //g' | grep ^lib) > /dev/null
dpkg -x exim4-daemon-heavy_*.deb /usr/local/exim
ln -sf /usr/local/exim/usr/sbin/exim4 /usr/sbin/exim4
id Debian-exim > /dev/null 2>&1 || useradd --system Debian-exim
"""
"""Exim and Postfix exclude each other as packages, not as programs."""
_SUFFIXES = "/usr/share/publicsuffix/public_suffix_list.dat"
_EXIM = """\
primary_hostname = far.example
domainlist local_domains = far.example
acl_smtp_rcpt = rcpt
acl_smtp_data = data
local_interfaces = @FAR@
spool_directory = /var/spool/exim-far
log_file_path = /var/log/exim-%slog
tls_advertise_hosts =
keep_environment =
begin acl
rcpt:
  warn spf = pass
  accept domains = +local_domains
data:
  accept add_header = :at_start:${authresults {far.example}}
begin routers
all:
  driver = accept
  domains = +local_domains
  transport = file
begin transports
file:
  driver = appendfile
  file = /var/mail/far
  user = mail
"""
_POSTFIX = {
    "compatibility_level": "3.9",
    "myhostname": "near.example",
    "inet_interfaces": "@NEAR@",
    "inet_protocols": "all",
    "mynetworks": "127.0.0.0/8",
    "mydestination": "",
    "virtual_mailbox_domains": "near.example",
    "virtual_mailbox_maps": "static:near",
    "virtual_mailbox_base": "/var/mail",
    "virtual_minimum_uid": "1",
    "virtual_uid_maps": "static:8",
    "virtual_gid_maps": "static:8",
    "smtpd_milters": "inet:127.0.0.1:8891, inet:127.0.0.1:8893",
    "milter_default_action": "tempfail",
    "maillog_file": "/var/log/postfix.log",
    "smtpd_tls_chain_files": "/etc/pebble.key, /etc/pebble.pem",
    "smtpd_sasl_local_domain": PROVIDER,
    "cyrus_sasl_config_path": "/etc/postfix/sasl",
}
_SUBMISSION = (
    "smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes -o smtpd_milters="
    " -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"
)
_FILES = {
    "etc/opendkim-near.conf": "Mode v\nAuthservID near.example\nAlwaysAddARHeader yes\n"
    "Socket inet:8891@127.0.0.1\nUserID nobody\nNameservers @DNS@\n",
    "etc/opendmarc-near.conf": "AuthservID near.example\nTrustedAuthservIDs near.example\n"
    "Socket inet:8893@127.0.0.1\nUserID nobody\nSPFIgnoreResults true\nSPFSelfValidate true\n"
    f"IgnoreHosts /dev/null\nPublicSuffixList {_SUFFIXES}\n",
    "etc/postfix/sasl/smtpd.conf": "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
    "mech_list: PLAIN LOGIN\n",
}
_START = f"""\
rm -f /var/mail/far /var/mail/near; mkdir -p /var/spool/exim-far /var/run
chown -R Debian-exim /var/spool/exim-far; chmod 1777 /var/mail /var/log
printf '%s' '{SECRET}' | saslpasswd2 -p -c -u {PROVIDER} {USER}; chmod 644 /etc/sasldb2
opendkim -x /etc/opendkim-near.conf
opendmarc -c /etc/opendmarc-near.conf
exim4 -bd -q1m
postfix start > /var/log/postfix-start 2>&1
"""


def install(world: Path) -> None:
    """Fetches their programs into the world's folder, once."""
    if (world / "usr/local/exim").is_dir():
        return
    proc = world / "proc"
    subprocess.run(["mount", "-t", "proc", "proc", proc], check=True)
    try:
        words = ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-ec", _INSTALL]
        subprocess.run(["chroot", world, *words], check=True)
    finally:
        subprocess.run(["umount", proc], check=True)


def begin(world: World) -> None:
    """Starts them; the world has its addresses already."""
    far, near = world.more
    _put(world.root / "etc/resolv.conf", f"nameserver {world.address}\n")
    exim = _EXIM.replace("@FAR@", f"<; {far}")
    _put(world.root / "etc/exim4/exim4.conf", exim)
    for name, text in _FILES.items():
        _put(world.root / name, text.replace("@DNS@", world.address))
    near = f"[{near}]" if ":" in near else near
    settings = "\n".join(f"{key}={value}" for key, value in _POSTFIX.items())
    settings = settings.replace("@NEAR@", near)
    lines = "".join(f"postconf -e '{line}'\n" for line in settings.splitlines())
    lines += f"postconf -M '{near}:587/inet={near}:587 inet n - n - - {_SUBMISSION}'\n"
    lines += "postconf -F '*/*/chroot = n'\n"
    world.run("cp /etc/postfix/master.cf.proto /etc/postfix/master.cf; : > /etc/postfix/main.cf\n")
    world.run(lines + _START)


def judged(world: World, name: str, words: str) -> str:
    """What the server of an mbox (`far`, `near`) said in Authentication-Results about the mail with
    these words, once it is there."""
    return _waited(lambda: _results(world.root / "var/mail" / name, words), f"{words} at {name}")


def _results(path: Path, words: str) -> str:
    if not path.exists():
        return ""
    for message in mailbox.mbox(path, create=False):
        if words in message.as_string():
            said = message.get_all("Authentication-Results") or ["no result"]
            return " ".join(" ".join(str(one).split()) for one in said)
    return ""


def _waited(look: Callable[[], str], what: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.3)
    raise TimeoutError(what)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o644)
