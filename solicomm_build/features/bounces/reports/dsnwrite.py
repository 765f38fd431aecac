"""A refused recipient as a report of RFC 3464, so that refusals and bounces are read in one place.

Pure; dsn.py reads what this writes.
"""

from __future__ import annotations

from datetime import datetime

from solicomm_build.features.bounces.reports import dsn
from solicomm_build.message import compose
from solicomm_build.message.transform import header_field, mailbox_field


def write(to: str, reporter: str, recipient: str, reply: str, now: datetime) -> bytes:
    """A report of RFC 3464 about a refused recipient; `read` gives the failure back. Raises
    MessageError when an address cannot stand in a header."""
    failure = dsn.of_reply(recipient, reply)
    kind = "rfc822" if recipient.isascii() else "utf-8"
    lines = (
        f"Reporting-MTA: dns; {reporter}",
        "",
        f"Final-Recipient: {kind}; {_printable(recipient)}",
        f"Action: {failure.action}",
        f"Status: {failure.status or '5.0.0'}",
        f"Diagnostic-Code: smtp; {failure.diagnostic}",
        "",
    )
    parts = [compose.text_part(f"{reply}\n"), compose.report_part("\r\n".join(lines))]
    fields = [
        mailbox_field("From", "", f"mailer-daemon@{reporter}"),
        mailbox_field("To", "", to),
        header_field("Subject", "Undelivered Mail Returned to Sender"),
        compose.date_field(now),
        header_field("Auto-Submitted", "auto-replied"),
    ]
    report = "report; report-type=delivery-status"
    return compose.message(fields, compose.multipart(report, parts, seed=f"{to}/{recipient}"))


def _printable(recipient: str) -> str:
    """The address in printable ASCII (RFC 6533 3)."""
    return "".join(c if " " < c < "\x7f" else f"\\x{{{ord(c):X}}}" for c in recipient)
