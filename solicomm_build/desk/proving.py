"""Who wrote this? Mail of an author who is not proved waits, and the address in From is asked.

    held mail (rule `unproven`) ─→ question ─→ yes: proofs/ in mail.git, judged again by ingest
                                            └→ no: thrown away
    mail to a desk's address    ─→ first    ─→ yes: the same mail again, its author proved

The roster is not looked into before the answer: who is on no list is asked in the same words, in
the language of the mail. Nothing goes to an envelope sender who is not the author (docs/adr/0026).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from solicomm_build.desk import letters, tokens
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan, Write
from solicomm_build.foundation import clock, hooks
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId, post_id
from solicomm_build.people import pending
from solicomm_build.people.membership import TokenFacts
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.post.store.mailstore import proof_path

ACTION = "wrote"
"""The action of the token that says so."""


def question(office: Office, case: Case, mid: PostId) -> Plan:
    """Asks the author of a held message; nothing when that address may not be asked."""
    return _ask(office, case, {"mid": str(mid)}, f"{case.conference}:{mid}")


def first(office: Office, case: Case) -> Plan:
    """Asks before a mail to the desk is looked at; it is kept meanwhile."""
    name = pending.identifier(case.cause)
    what = case.purpose or ""
    data = {"draft": name, "to": case.address, "what": what}
    plan = _ask(office, case, data, f"{case.address}:{name}")
    if plan:
        raw = base64.b64encode(case.message.raw).decode("ascii")
        draft = {"address": case.author, "from": case.envelope.mail_from or "", "raw": raw}
        pending.ASKED.put(office.config, name, draft)
    return plan


def _ask(office: Office, case: Case, data: Mapping[str, Any], about: str) -> Plan:
    if not case.author or office.is_ours(case.author):
        return NOTHING
    orders = hooks.each("mail", "LANGUAGE")
    lang = office.language(case, *(language(case.message) for language in orders))
    return tokens.ask(
        office,
        case,
        ACTION,
        case.author,
        lambda text, kind: letters.ask_wrote(
            office,
            case.conference,
            case.author,
            lang,
            text,
            case.address,
            case.message.subject,
            kind=kind,
        ),
        kind=f"{ACTION}:{post_id(about)}",
        data={**data, "lang": lang},
    )


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The author did write it: it goes on, as one of his."""
    if "draft" in facts.data:
        return _again(office, facts)
    mid = PostId(str(facts.data.get("mid", "")))
    if office.mail.held_raw(facts.conference, mid) is None:
        return NOTHING
    note = json.dumps({"at": clock.now().isoformat(timespec="seconds")}) + "\n"
    change = Write.to_mail(proof_path(facts.conference, mid), note.encode("ascii"))
    return Plan(writes=(change,), subject=f"An author of {facts.conference} said yes")


def denied(office: Office, facts: TokenFacts) -> Plan:
    """The address did not write it: a held message is thrown away."""
    if facts.action != ACTION or "mid" not in facts.data:
        return NOTHING
    mid = PostId(str(facts.data["mid"]))
    why = "the address in From says that it did not write it"
    made = Decision(decision.DISCARD, decision.POLICY, clock.now(), why)
    change = Write.to_mail(decision.path(facts.conference, mid), decision.encode(made))
    return Plan(writes=(change,))


def _again(office: Office, facts: TokenFacts) -> Plan:
    draft = pending.ASKED.get(office.config, str(facts.data["draft"]))
    if draft is None:
        return NOTHING
    to, raw = str(facts.data.get("to", "")), base64.b64decode(str(draft["raw"]))
    sender = str(draft.get("from", "")) or facts.address
    envelope = Envelope(sender, (to,), clock.now(), proved=True)
    return Plan(posts=(Item(envelope, raw),), subject="Take a mail whose author said yes")
