"""Keys, key records and verifiers for tests of what is signed. Keys are made once a process."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from solicomm_build.message.auth import canonical, signer
from solicomm_build.message.auth.signer import Signer
from solicomm_build.message.split import split
from solicomm_build.testing.dnsserver import serving

PERL_MISSING = "Mail::DKIM for Perl is not installed: scripts/debian-packages libmail-dkim-perl"

_PERL = r"""
use Mail::DKIM::Verifier; use Mail::DKIM::ARC::Verifier; use Mail::DKIM::DNS; use Net::DNS;
my $port = shift;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ['127.0.0.1'], port => $port));
for my $file (@ARGV) {
  my $dkim = Mail::DKIM::Verifier->new(); my $arc = Mail::DKIM::ARC::Verifier->new();
  open(my $in, '<:raw', $file) or die; local $/; my $octets = <$in>; close $in;
  for my $one ($dkim, $arc) { $one->PRINT($octets); $one->CLOSE; }
  print join(' ', 'arc=' . $arc->result,
    map { $_->algorithm . '/' . $_->domain . '=' . $_->result } $dkim->signatures), "\n";
}
"""


@cache
def key(kind: str = "rsa", number: int = 0) -> bytes:
    """A private key, PEM; `number` tells several apart."""
    return signer.new_key("ed25519" if kind == "ed25519" else "rsa")


def key_records(*keys: tuple[str, str, bytes]) -> dict[str, bytes]:
    """(selector, domain, key) as the DNS has them; its `get` is a lookup."""
    return {
        f"{selector}._domainkey.{domain}": signer.key_record(pem).encode()
        for selector, domain, pem in keys
    }


def signed(raw: bytes, signer: Signer, now: int) -> bytes:
    """The message with a signature of ours on top."""
    body_hash = signer.body_hash(raw[split(raw).body :])
    return signer.sign(canonical.fields_of(raw), body_hash, now) + raw


@cache
def has_perl() -> bool:
    """Whether Perl's Mail::DKIM, a verifier that shares no code with ours, is there."""
    if shutil.which("perl") is None:
        return False
    command = ["perl", "-MMail::DKIM::Verifier", "-e", "1"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def verdicts_of_perl(
    messages: Sequence[bytes], records: dict[str, bytes], folder: Path
) -> list[list[str]]:
    """What Mail::DKIM says: for each message `arc=…`, then `algorithm/domain=result` of each
    signature. It asks a DNS server on loopback for the keys."""
    paths = []
    for number, message in enumerate(messages):
        paths.append(folder / f"{number}.eml")
        paths[-1].write_bytes(canonical.wire(message))
    table = {name: [record.decode()] for name, record in records.items()}
    with serving(table) as server:
        done = subprocess.run(
            ["perl", "-e", _PERL, str(server.address[1]), *map(str, paths)],
            capture_output=True,
            text=True,
            check=True,
        )
    return [line.split() for line in done.stdout.splitlines()]
