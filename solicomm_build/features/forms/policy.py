"""Rules of posting: an answer to a form that did not come through the form waits."""

from __future__ import annotations

from solicomm_build.features.forms.values import formanswer
from solicomm_build.post.postingcase import Case, Verdict


def _answer(case: Case) -> Verdict | None:
    """An answer to a form that the desk did not look at: its fields may say anything."""
    if case.envelope.ours or all(one.type != formanswer.TYPE for one in case.message.attachments):
        return None
    return Verdict("hold", "form-answer", "it says that it answers a form, and did not come so")


RULES = {"attachments": _answer}
