"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import MailCommand
from solicomm_build.features.search import finding

COMMANDS = {"search": MailCommand(finding.search)}
