"""What came back of mail that was sent on is read as what comes back of copies."""

from __future__ import annotations

from solicomm_build.ingest.hooks import Fate


def _fate(raw: bytes) -> Fate:
    from solicomm_build.features.bounces.reports import dsn

    report = dsn.read(raw, lambda _raw: ())
    if isinstance(report, tuple):
        failure = next((one for one in report if one.action == "failed"), report[0])
        return Fate(failure.action, failure.status)
    is_answer = isinstance(report, dsn.Auto) and report.reason == "answer"
    return Fate("answered" if is_answer else "")


FATE = _fate
