"""Sends the sample network's mail through the running bridge, as its people would have."""

from __future__ import annotations

import contextlib
import smtplib

import click

from solicomm_build.bridge import mailbox
from solicomm_build.config import Config
from solicomm_build.founding import sample_mail

_DOMAIN_MARK = b"@HUB@"


def send(config: Config) -> None:
    """Sends every sample message once; sent again they are recognised and change nothing."""
    count = 0
    with contextlib.closing(smtplib.SMTP(*config.smtp, timeout=60)) as client:
        for conference, path in sample_mail():
            for found in mailbox.read(path):
                if found.raw is None:
                    continue
                raw = found.raw.replace(_DOMAIN_MARK, b"@" + config.domain.encode())
                lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                to = f"{conference}@{config.domain}"
                client.sendmail("sample@solicomm.example", [to], lines, ["BODY=8BITMIME"])
                count += 1
        client.quit()
    click.echo(f"  sample  {count} messages sent through the bridge")
