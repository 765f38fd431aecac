"""public-inbox (Debian: public-inbox, libsearch-xapian-perl): mail into a v2 inbox in git, indexed.

Its own writer is given the messages one after the other, as its `public-inbox-mda` and `-watch` do,
but in one process, which is the quickest way it offers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.bench.corpus import Corpus

_WRITE = r"""
use strict; use warnings;
use PublicInbox::Config; use PublicInbox::InboxWritable; use PublicInbox::Eml;
my $inbox = PublicInbox::Config->new->lookup_name('bench') or die "no inbox";
my $writer = PublicInbox::InboxWritable->new($inbox)->importer(1);
my $taken = 0;
open(my $in, '<:raw', $ARGV[0]) or die $!;
while (read($in, my $size, 8) == 8) {
  read($in, my $raw, unpack('Q>', $size));
  $writer->add(PublicInbox::Eml->new(\$raw)) and $taken++;
}
$writer->done;
print "$taken\n";
"""


def absent() -> str:
    """What is missing, or nothing."""
    if shutil.which("public-inbox-init") is None:
        return "public-inbox is not installed"
    wanted = ["perl", "-MPublicInbox::V2Writable", "-MSearch::Xapian", "-e1"]
    found = subprocess.run(wanted, check=False, capture_output=True)
    return "" if found.returncode == 0 else "libsearch-xapian-perl is not installed"


def take(corpus: Corpus, folder: Path) -> tuple[float, int]:
    """(seconds, messages it has then) for all messages into a new inbox below `folder`."""
    home = folder / "public-inbox"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    mail, script = home / "mail.bin", home / "write.pl"
    with open(mail, "wb") as file:
        for raw in corpus.messages:
            file.write(len(raw).to_bytes(8, "big") + raw)
    script.write_text(_WRITE)
    inner = {"HOME": str(home), "PI_DIR": str(home), "PI_CONFIG": str(home / "config")}
    environment = {**os.environ, **inner}
    subprocess.run(
        [
            "public-inbox-init",
            "-V2",
            "bench",
            home / "inbox",
            "http://127.0.0.1/bench",
            "bench@hub.example",
        ],
        env=environment,
        check=True,
        capture_output=True,
    )
    started = time.perf_counter()
    done = subprocess.run(
        ["perl", script, mail], env=environment, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - started, int(done.stdout)
