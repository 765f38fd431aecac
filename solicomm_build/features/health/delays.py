"""How long held mail waited for moderators, filed once a month for the health page.

    mail.git: verdicts "hold …" and "… decided …" ─→ health/<yyyy>-<mm>.json in the conference

What waited, when and for whom is private, and the builder reads no private data. So the desk, which
may, files the middle value of a month that has ended, where it is of at least five decisions of
people (features/health/health.py); months with fewer are told of nowhere. What expired waited for
nobody's
decision and is left out. A month is filed once and stays, in the repository, like everything that
pages show.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.features.health import health
from solicomm_build.foundation import clock
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post import decision
from solicomm_build.post.cells.hubmail import HubMail

_LOOK_BACK = timedelta(days=60)
"""Before the month: held mail has been decided or has expired after less."""
_FILED = "filed"
_VERDICT = re.compile(r"(\w+) (\S+) ([a-z0-9-]+)/([a-z2-7]{32})(?: (.*))?")
_NOBODY = re.compile(rf"\bby=(?:{decision.EXPIRY}|{decision.POLICY})\b")


@dataclass(slots=True)
class Delays:
    """What was looked at: the verdicts are read once a month, and when a desk starts."""

    office: Office
    log: MailLog
    looked: Looked[str] = field(default_factory=Looked)

    def run(self) -> bool:
        """Files the month that has ended, for every conference that shows its health; whether there
        was anything to file. Blocking."""
        now = clock.now()
        month = f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
        if month == self.looked.seen.get(_FILED):
            return False
        self.looked.seen[_FILED] = month
        start = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        with closing(HubMail(self.office.config)) as mail:
            found = waited(mail.verdicts(start - _LOOK_BACK), month)
        names = self.office.watch.each("delays", found)
        return any([self._file(name, month, found[name], now) for name in names])

    def _file(self, name: str, month: str, seconds: list[int], now: datetime) -> bool:
        settings, text = self.office.conference(name), health.encode(seconds)
        if settings is None or not settings.publish_health or text is None:
            return False
        repo, where = self.office.repo(name), health.path(month)
        with Reader(repo) as reader:
            if reader.oid_at(MAIN, where) is not None:
                return False
        message = compose(f"Say how long moderators took in {month}", Source="desk")
        write_once(repo, [Change(where, text.encode())], message=message, when=now)
        self.log.event("health-filed", conference=name, month=month)
        return True


def waited(verdicts: Iterable[tuple[datetime, str]], month: str) -> dict[str, list[int]]:
    """The seconds that mail waited which people decided about in a month, by conference.
    `verdicts` are the newest first, as mail.git tells them."""
    decided: dict[tuple[str, str], datetime] = {}
    found: dict[str, list[int]] = defaultdict(list)
    for at, verdict in verdicts:
        match = _VERDICT.match(verdict)
        if match is None:
            continue
        action, rule, conference, mid, facts = match.groups(default="")
        key = (conference, mid)
        if rule == "decided":
            in_month = f"{at.astimezone(UTC):%Y-%m}" == month
            if in_month and not _NOBODY.search(facts):
                decided[key] = at
        elif action == "hold" and key in decided:
            found[conference].append(int((decided.pop(key) - at).total_seconds()))
    return dict(found)
