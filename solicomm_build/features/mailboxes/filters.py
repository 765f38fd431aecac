"""What somebody set up for an address at the IMAP server: filters, and where they send mail on to.

Dovecot's home of each who logs in, `private/sieve/<domain>/<name>`: Sieve scripts, who got an
answer on holiday, what was read of mirrored lists. It is a person's, so it ends with the address,
or when that keeps no mail any more: filters of whoever had it before would work on the mail of who
has it next.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.membership import MailboxRule


def homes(config: Config) -> Path:
    """Where they lie."""
    return config.private / "sieve"


def home(config: Config, rule: MailboxRule) -> Path:
    """Where that of an address lies, whether anybody has logged in or not."""
    return homes(config) / (rule.domain or config.domain) / rule.local_part


def end(config: Config, rule: MailboxRule) -> bool:
    """Takes it away; whether there was any. Safe to do again."""
    folder = home(config, rule)
    if folder.parent.parent != homes(config) or folder.name in ("", "..") or not folder.is_dir():
        return False
    shutil.rmtree(folder)
    return True
