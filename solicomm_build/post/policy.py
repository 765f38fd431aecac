"""May this sender post here? The verdict on a message to a conference or list.

Pure; imports message, conference and roster. The first rule that matches decides, in the order of
`rules`. A verdict names its rule, so that it can be logged and replayed; what it
depends on from outside, how far the author's address is proved and how much was posted lately,
comes in with the case.

The rules: docs/mail-rules.md#posting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hooks import derived
from solicomm_build.message.auth.authorship import is_automatic, is_group, submitted
from solicomm_build.message.values import Message
from solicomm_build.people.address import Purpose, fold, local_part
from solicomm_build.post import attachedfiles, hooks, postingcase, pseudonym, sounds
from solicomm_build.post.held import encryptedmail
from solicomm_build.post.misdirected import is_command
from solicomm_build.post.postingcase import Action, Case, Rule, Verdict, names

MOST_RECEIVED = 50
"""RFC 5321 6.3 asks relays to bear 100 Received fields; a list may be stricter."""

MOST_AUTOMATIC = 10
"""Posts of one program in ten minutes; more is a loop that no header shows."""

MOST_RECIPIENTS = 100
"""To and Cc addresses before a moderator looks."""

DNS_SILENT = "dns-silent"
"""The rule that holds a message until the DNS answers; it is judged again by itself."""

NO_ROOM = "no-room"
"""The rule that sends back what would be held and finds no room."""

UNPROVEN = "unproven"
"""The rule that holds a message until its author says that he wrote it; then it is judged again."""

RATES = frozenset({"member-rate", "list-rate"})
"""The rules that hold what is too much for a day."""

SELF_JOINED = frozenset({"mail", "web"})
"""Consents of people whom nobody here vouches for; their first posts are looked at."""


def judge(case: Case) -> Verdict:
    """The verdict on a message: that of the first rule that has one; accepted when none has."""
    archive = case.conference.archive != "none" and not _refuses_archive(case.message)
    for rule in rules():
        verdict = rule(case)
        if verdict is not None:
            return replace(verdict, archive=archive)
    return Verdict("accept", _why_accepted(case), archive=archive)


def _loop(case: Case) -> Verdict | None:
    message = case.message
    if names(message.all("List-Id"), case.list_id):
        return Verdict("discard", "loop", "the message has been through this list before")
    for name in ("X-Loop", "List-Post", "Delivered-To"):
        if names(message.all(name), case.list_address):
            return Verdict("discard", "loop", f"{name} names this list")
    if len(message.all("Received")) > MOST_RECEIVED:
        return Verdict("discard", "loop", f"more than {MOST_RECEIVED} servers passed it on")
    return None


def _automatic(case: Case) -> Verdict | None:
    if case.envelope.mail_from is None:
        return Verdict("discard", "null-sender", "a delivery report, not a post (RFC 5321 4.5.5)")
    value = submitted(case.message)
    if value in {"", "no"} or case.is_fed:
        return None
    if value == "auto-replied":
        return Verdict("discard", "auto-replied", "an automatic answer (RFC 3834)")
    if case.conference.posting == "open":  # bug trackers and build robots write to open lists
        return None
    return Verdict("hold", "automatic", f"sent by a program (Auto-Submitted: {value[:40]})")


def _flood(case: Case) -> Verdict | None:
    """A loop through servers that take marks away shows by its pace alone."""
    if case.counts.automatic < MOST_AUTOMATIC or not is_automatic(case.message) or case.is_fed:
        return None
    reason = f"a program sent more than {MOST_AUTOMATIC} messages in ten minutes"
    return Verdict("hold", "automatic-flood", reason)


def _author_unknown(case: Case) -> Verdict | None:
    message = case.message
    if case.author:
        return None
    if message.from_fields > 1:
        return Verdict("hold", "two-from", "the message has more than one From field")
    if len(message.from_) > 1:
        return Verdict("hold", "two-authors", "From names more than one author")
    if is_group(message):
        return Verdict("hold", "group-from", "From names a group, not an author")
    return Verdict("hold", "no-author", "From names no author")


def _banned(case: Case) -> Verdict | None:
    return Verdict("discard", "banned", "a moderator banned the author") if case.is_banned else None


def _hub(case: Case) -> Verdict | None:
    """What the conference itself writes, such as a week of a course: mail of ours, which none from
    outside can be, from its own address."""
    local, _, domain = case.list_address.rpartition("@")
    own = f"{local_part(local, Purpose.REQUEST)}@{domain}"
    if not case.envelope.ours or fold(case.author) != fold(own):
        return None
    return Verdict("accept", "hub")


def _emergency(case: Case) -> Verdict | None:
    if not (case.rules.emergency or case.roster.is_emergency(case.conference.id)):
        return None
    return Verdict("hold", "emergency", "everything is looked at for now")


def _limits(case: Case) -> Verdict | None:
    message = case.message
    if len(message.to) + len(message.cc) > MOST_RECIPIENTS:
        return Verdict("hold", "many-recipients", f"more than {MOST_RECIPIENTS} in To and Cc")
    if encryptedmail.is_unreadable(message):
        return Verdict("hold", "encrypted", "nobody on this list could read it")
    return None


def _rates(case: Case) -> Verdict | None:
    """Posts a day. Moderators write without limit, but count for the list's."""
    rules, counts = case.rules, case.counts
    if case.is_moderator or _waits(case):  # who waits is counted when he is proved
        return None
    if rules.per_member and counts.member_today >= rules.per_member:
        reason = f"the author has written {counts.member_today} posts today"
        return Verdict("hold", "member-rate", reason)
    if rules.per_list and counts.list_today >= rules.per_list:
        return Verdict("hold", "list-rate", f"the list had {counts.list_today} posts today")
    return None


def _spam(case: Case) -> Verdict | None:
    """The mail server's filter said so. Whoever writes such a field himself harms himself."""
    for name in ("X-Spam", "X-Spam-Flag", "X-Spam-Status"):
        if re.match(r"yes\b", (case.message.field(name) or "").strip(), re.IGNORECASE):
            action: Action = "discard" if case.rules.spam == "discard" else "hold"
            return Verdict(action, "spam", f"the mail server takes it for spam ({name})")
    return None


def _forged(case: Case) -> Verdict | None:
    """What the author's domain disowns waits, whoever it says wrote it. While the DNS is silent, a
    list that takes everybody takes it as anybody's."""
    if case.level != "failed" or not case.enforced:
        return None
    if not case.certain and case.takes_everybody:
        return None
    if not case.certain:
        reason = "the DNS does not answer, so nobody can say whether the author wrote it"
        return Verdict("hold", DNS_SILENT, reason)
    reason = "looks forged: the author's domain asks not to believe such mail (DMARC)"
    return Verdict("hold", "looks-forged", reason)


def _unproven(case: Case) -> Verdict | None:
    """Where not everybody may write, an author who is not proved is asked first, member or not: the
    roster is not looked into. So is who gives orders, moderator or not, and everywhere the author
    of what somebody else brought. A command that went astray needs no proof to be answered."""
    if not _waits(case):
        return None
    reason = "nothing vouches for the author, who is asked"
    if case.level == "failed":
        reason = "the author's mail server does not vouch for it"
    elif (stray := _command(case)) is not None and stray.action == "answer":
        return stray
    return Verdict("hold", UNPROVEN, reason)


def _waits(case: Case) -> bool:
    """Whether nothing may happen before the author is proved."""
    if case.proven is not None or not case.author:
        return False
    if case.envelope.carried:
        return True
    return not case.takes_everybody or any(is_order(case) for is_order in postingcase.orders())


def _real_name(case: Case) -> Verdict | None:
    """Where only pseudonyms are wanted, a message that shows a name goes back to its author; one
    whose author is not proved waits for a moderator, who sees why."""
    if case.conference.pseudonyms != "required" or case.author == "":
        return None
    member = case.roster.member(case.proven) if case.proven is not None else None
    found = pseudonym.shows(case.message, member)
    if not found:
        return None
    action: Action = "reject" if case.proven is not None else "hold"
    return Verdict(action, "real-name", f"only pseudonyms are shown here, and {found}")


def _member_action(case: Case) -> Verdict | None:
    if case.is_trusted:
        return None
    if case.conference.posting == "moderated":
        return Verdict("hold", "moderated", "every post is looked at first")
    if case.conference.posting == "announce":
        return Verdict("hold", "announce", "only moderators write here")
    return None


def _first_posts(case: Case) -> Verdict | None:
    ever, wanted, who = case.counts.member_ever, case.rules.first_posts, case.proven
    if who is None or case.is_trusted or not case.is_member or ever >= wanted:
        return None
    if case.roster.source(case.conference.id, who) not in SELF_JOINED:
        return None
    return Verdict(
        "hold", "first-posts", f"post {ever + 1} of a new member; {wanted} are looked at"
    )


def _nonmember(case: Case) -> Verdict | None:
    if case.is_trusted or case.is_member or case.is_fed or case.rules.nonmembers == "accept":
        return None
    action: Action = "discard" if case.rules.nonmembers == "discard" else "hold"
    if case.rules.nonmembers == "reject" and case.proven is not None:
        action = "reject"
    return Verdict(action, "nonmember", "the author is not a member")


def _not_addressed(case: Case) -> Verdict | None:
    """A list in Bcc only is how spam comes, and how a private mail is handed on as a post: what
    proves its author does not prove to whom he wrote. So moderators' wait as well, and whatever the
    rules are where only some may write."""
    is_closed = case.conference.posting in ("moderated", "announce")
    if case.is_fed or not (case.rules.addressed or is_closed):
        return None
    if case.envelope.ours or case.is_addressed:
        return None
    return Verdict("hold", "not-addressed", "neither To nor Cc names the list")


def _command(case: Case) -> Verdict | None:
    """A command for the list server is answered, and not posted. Where no answer may go it waits:
    what is taken for one may be a post, and its author would never hear that nobody has read it."""
    if not is_stray(case):
        return None
    if case.silent or not case.is_addressed:
        reason = "a command for the list server, it seems, and no answer may go to its author"
        return Verdict("hold", "command", reason)
    return Verdict("answer", "command", "a command for the list server, sent to the list")


def is_stray(case: Case) -> bool:
    """Whether it looks like a command for the list server that was sent to the list."""
    own = (case.conference.id, case.list_address)
    return is_command(case.message, case.conference.languages, own)


def _topic_closed(case: Case) -> Verdict | None:
    if not case.topic_closed or case.is_moderator:
        return None
    return Verdict("hold", "topic-closed", "a moderator closed the topic")


def _attachments(case: Case) -> Verdict | None:
    """Files of a type that the conference does not name wait, and programs always. An open
    conference passes all on, and keeps what it wants (post/admission.py)."""
    types = case.conference.attachments.types
    if case.conference.posting == "open":
        return None
    for attachment in case.message.attachments:
        if any(attachment.type == part.type for part in hooks.parts().values()):
            continue
        extension = attachedfiles.extension(attachment)
        is_unheard = case.conference.attachments.sound == "none" and sounds.is_sound(
            attachment.name, attachment.type
        )
        if (types and extension not in types) or is_unheard:
            name = f".{extension}" if extension else "such files"
            return Verdict("hold", "attachment-type", f"the list does not take {name}")
        if attachedfiles.is_program(attachment):
            return Verdict("hold", "attachment-program", "a program is attached")
        if types and not attachedfiles.is_what_it_says(attachment):
            reason = f"what is attached is not the .{extension} that it says"
            return Verdict("hold", "attachment-disguised", reason)
    return None


def _why_accepted(case: Case) -> str:
    if case.is_moderator:
        return "moderator"
    if case.is_trusted:
        return "trusted"
    if case.is_fed:
        return "fed"
    if case.is_member and case.conference.posting != "open":
        return "member"
    return "open"


def _refuses_archive(message: Message) -> bool:
    """X-No-Archive: yes, or Archive: no."""
    no_archive = (message.field("X-No-Archive") or "").strip().lower()
    archive = (message.field("Archive") or "").partition(";")[0].strip().lower()
    return no_archive == "yes" or archive == "no"


_RULES: Mapping[str, Rule] = {
    "loop": _loop,
    "automatic": _automatic,
    "flood": _flood,
    "banned": _banned,
    "author-unknown": _author_unknown,
    "hub": _hub,
    "emergency": _emergency,
    "limits": _limits,
    "rates": _rates,
    "spam": _spam,
    "forged": _forged,
    "unproven": _unproven,
    "real-name": _real_name,
    "member-action": _member_action,
    "first-posts": _first_posts,
    "nonmember": _nonmember,
    "not-addressed": _not_addressed,
    "command": _command,
    "topic-closed": _topic_closed,
    "attachments": _attachments,
}
"""In the order they are asked. Features say before which of them theirs stand."""


@derived
def rules() -> tuple[Rule, ...]:
    """All rules, those of features among them, in the order they are asked
    (docs/mail-rules.md#posting). Raises HubError when a feature names a rule that is not there."""
    added = postingcase.rules()
    if unknown := sorted(added.keys() - _RULES.keys()):
        raise HubError(f"policy.py of a feature: there is no rule {', '.join(unknown)} to precede")
    return tuple(rule for name, own in _RULES.items() for rule in (*added.get(name, ()), own))
