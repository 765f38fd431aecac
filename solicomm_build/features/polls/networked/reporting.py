"""Between a hub that follows and the home of a poll: what is given, and what is taken.

    follower: private/polls-collected ─→ given ─→ signed and sealed by the network
    home:     taken ─→ polls/<poll>/electorates/<hub>.yaml, reports/<hub>.yaml

The network says whose word it is; here it is looked at whether it may count. A hub says each once,
and the first counts. When somebody named in a report is erased where he voted, that hub says it
once more without the name, `unnamed-<digest>`, and the home takes that in its place.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.values import networkvotes
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.networkvotes import Electorate, Report
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.features.polls.voteaddress import POLL_ID
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once

_REST = re.compile(rf"({POLL_ID.pattern})\.(electorate|report|unnamed-[0-9a-f]{{16}})")
_UNNAMED = "unnamed"


def given(config: Config, conference: str, own: str) -> Iterator[tuple[str, bytes]]:
    """What this hub, whose id is `own`, has for the home of a conference: names and contents, until
    the home's log shows that it has them."""
    repo = open_repo(config.conference_repo(conference))
    with Reader(repo) as reader:
        for name, poll, said in collected.all_(config):
            if name != conference:
                continue
            at = polls.folder(poll)
            if reader.oid_at(MAIN, f"{at}electorates/{own}.yaml") is None:
                declared = Electorate(own, config.name, said.at, said.voters)
                yield f"{poll}.electorate", networkvotes.encode_electorate(poll, declared)
            there = reader.at(MAIN, f"{at}reports/{own}.yaml")
            if said.end and there is None:
                report = Report(own, said.end, said.rows)
                yield f"{poll}.report", networkvotes.encode_report(poll, report)
            elif said.end and there is not None:
                rows = tuple(sorted(said.rows, key=lambda row: (row.choice, row.name)))
                blob = networkvotes.encode_report(poll, Report(own, said.end, rows))
                if not _takes_names_out(poll, own, there, blob):
                    continue
                yield f"{poll}.{_UNNAMED}-{hashlib.sha256(blob).hexdigest()[:16]}", blob


def taken(config: Config, conference: str, hub: str, name: str, content: bytes) -> str:
    """Takes what a hub says of a poll that has its home here, durable on return; a sentence about
    it, or nothing when it is known. Raises SoliCommError for what does not count."""
    match = _REST.fullmatch(name)
    if match is None:
        raise StoreError("it is about no poll")
    poll, kind = match[1], match[2].partition("-")[0]
    repo = open_repo(config.conference_repo(conference))
    with Reader(repo) as reader:
        if poll not in store.identifiers(reader):
            raise StoreError(f"there is no poll {poll}")
        files = store.load(reader, poll)
        path = f"{polls.folder(poll)}{'report' if kind == _UNNAMED else kind}s/{hub}.yaml"
        before = reader.at(MAIN, path)
    if before == content:
        return ""
    if kind == _UNNAMED:
        if before is None or not _takes_names_out(poll, hub, before, content):
            raise StoreError(f"it does more to the report of {poll} than take names out")
        message = compose(f"Take names out of the report of {hub} for {poll}", Source="poll")
        write_once(repo, [Change(path, content)], message=message, when=clock.now())
        return f"{conference}: {hub} has taken names out of its report for {poll}"
    if before is not None:
        raise StoreError(f"it said another {kind} of {poll} before, which counts")
    _check(files, hub, kind, content)
    message = compose(f"Take the {kind} of {hub} for {poll}", Source="poll")
    write_once(repo, [Change(path, content)], message=message, when=clock.now())
    return f"{conference}: {hub} has said its {kind} for {poll}"


def _takes_names_out(poll: str, hub: str, before: bytes, after: bytes) -> bool:
    """Whether a report differs from one of before in nothing but names that are not there any
    more."""
    try:
        old = networkvotes.decode_report(before, poll, hub)
        new = networkvotes.decode_report(after, poll, hub)
    except SoliCommError:
        return False
    votes = (sorted((row.choice, row.votes) for row in one.rows) for one in (old, new))
    names = [Counter(row for row in one.rows if row.name) for one in (old, new)]
    return old.at == new.at and next(votes) == next(votes) and names[1] < names[0]


def _check(files: PollFiles, hub: str, kind: str, content: bytes) -> None:
    """Raises SoliCommError with the reason why it does not count."""
    poll, now = files.poll, clock.now()
    if poll.reports is None:
        raise StoreError(f"{poll.id} is a poll of this hub alone")
    if now > poll.reports:
        raise StoreError(f"{poll.id} counted reports until {polls.stamp(poll.reports)}")
    if kind == "electorate":
        networkvotes.decode_electorate(content, poll.id, hub)
        return
    said = networkvotes.decode_report(content, poll.id, hub)
    if files.closing is None and now < poll.closes:
        raise StoreError(f"{poll.id} has not ended")
    if why := networkvotes.fault(poll, files.electorates.get(hub), said):
        raise StoreError(why)
