"""The numbers of a hub in the text format of Prometheus (exposition format 0.0.4). Pure.

The names are documented in docs/howto/operator.md and are not changed without a word in the
changelog. `domains` puts in where members' mail does not arrive: for the operator's shell only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from solicomm_build.features.metrics.measures import Machine, Measures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_USER = re.compile(r"(?<![^:/@])[^:/@]+@")
"""Who logs in somewhere is nobody's business who watches numbers."""
_Row = tuple[Mapping[str, str], float]


def text(found: Measures, *, domains: bool = False) -> str:
    """All metrics, each with its help and type."""
    queues = {**found.spools, "quarantine": found.quarantine}
    spool = [({"spool": name}, queue) for name, queue in queues.items()]
    held = [({"conference": name}, queue) for name, queue in found.held.items()]
    begun = [lag for lag in found.lags if lag.behind is not None]
    return "".join(
        [
            _metric("spool_files", "gauge", "Files that wait.", [(k, q.files) for k, q in spool]),
            _metric("spool_octets", "gauge", "Their size.", [(k, q.octets) for k, q in spool]),
            _metric(
                "spool_oldest_seconds",
                "gauge",
                "Age of the oldest file that waits.",
                [(k, round(q.oldest, 1)) for k, q in spool],
            ),
            _metric(
                "deferred_files",
                "gauge",
                "Outgoing messages with copies to be offered again.",
                [({}, found.deferred)],
            ),
            _metric("sink_octets", "gauge", "Size of spool/sink.mbox.", [({}, found.sink)]),
            _metric("log_octets", "gauge", "Size of the mail log.", [({}, found.log)]),
            _metric(
                "held", "gauge", "Mail that waits for a moderator.", [(k, q.files) for k, q in held]
            ),
            _metric(
                "held_oldest_seconds",
                "gauge",
                "Age of the oldest held mail.",
                [(k, round(q.oldest, 1)) for k, q in held],
            ),
            _metric(
                "cursor_lag_commits",
                "gauge",
                "Commits that a consumer has yet to read.",
                [({"repo": x.repo, "consumer": x.consumer}, x.behind or 0) for x in begun],
            ),
            _metric("bounces", "gauge", "Bounces on record, by class.", _bounces(found, domains)),
            _metric(
                "frozen_domains",
                "gauge",
                "Domains whose bounces do not count for now.",
                [({}, len(found.frozen))],
            ),
            _metric(
                "events_total",
                "counter",
                "Lines of the mail log, by event.",
                [({"event": name}, count) for name, count in sorted(found.events.items())],
            ),
            *_of_machine(found.machine),
        ]
    )


def _of_machine(found: Machine) -> list[str]:
    build = [] if found.build is None else [found.build]
    certificate = [] if found.certificate is None else [found.certificate]
    backups = sorted(found.backups.items())
    return [
        *_of_stages(found),
        _metric(
            "build_failures", "gauge", "Places not shown.", [({}, one.failures) for one in build]
        ),
        _metric(
            "build_seconds", "gauge", "The last build took.", [({}, one.seconds) for one in build]
        ),
        _metric(
            "build_timestamp_seconds",
            "gauge",
            "When the last build ended.",
            [({}, one.at) for one in build],
        ),
        _metric("disk_free_ratio", "gauge", "Of the hub's disk.", [({}, round(found.free, 4))]),
        _metric(
            "certificate_end_timestamp_seconds",
            "gauge",
            "When the certificate ends.",
            [({}, one) for one in certificate],
        ),
        _metric(
            "backup_timestamp_seconds",
            "gauge",
            "When the last backup was made.",
            [({"place": _USER.sub("", place)}, at) for place, at in backups],
        ),
        _metric("backups_overdue", "gauge", "Places without a new one.", [({}, found.overdue)]),
        _metric(
            "cell_token",
            "gauge",
            "Of several machines, which has the cell: its token.",
            [
                ({"cell": str(cell), "node": one.node}, one.token)
                for cell, one in sorted(found.owners.items())
            ],
        ),
        _metric(
            "follower_lag_repositories",
            "gauge",
            "Repositories that some follower lacks a step of.",
            [({}, found.behind)],
        ),
        _metric(
            "relay_away",
            "gauge",
            "Of several mail servers for copies: 1 while it is passed over.",
            [({"relay": one}, int(away)) for one, away in found.relays.items()],
        ),
    ]


def _of_stages(found: Machine) -> list[str]:
    stages = [({"stage": one.stage}, one) for one in found.stages]
    return [
        _metric("stage_up", "gauge", "1 when it runs.", [(k, int(s.runs)) for k, s in stages]),
        _metric(
            "stage_idle_seconds",
            "gauge",
            "Since it last came round.",
            [(k, round(s.idle, 1)) for k, s in stages if s.runs],
        ),
        _metric(
            "stage_ends",
            "gauge",
            "How often it ended unasked within five minutes.",
            [(k, s.ends) for k, s in stages],
        ),
    ]


def _bounces(found: Measures, domains: bool) -> list[_Row]:
    if domains:
        return [({"domain": d, "class": k}, n) for (d, k), n in sorted(found.bounces.items())]
    classes: Counter[str] = Counter()
    for (_, kind), count in found.bounces.items():
        classes[kind] += count
    return [({"class": kind}, count) for kind, count in sorted(classes.items())]


def _metric(name: str, kind: str, meaning: str, rows: Iterable[_Row]) -> str:
    lines = [f"# HELP solicomm_{name} {meaning}", f"# TYPE solicomm_{name} {kind}"]
    for labels, value in rows:
        inside = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        lines.append(
            f"solicomm_{name}{{{inside}}} {value}" if inside else f"solicomm_{name} {value}"
        )
    return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
