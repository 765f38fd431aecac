"""Why mail is held, in words for those who decide and for its author."""

from __future__ import annotations

from solicomm_build.foundation.i18n import N_, gettext

_WHY = {
    "nonmember": N_("the author is not a member"),
    "moderated": N_("every message here is looked at first"),
    "announce": N_("only moderators may write here"),
    "first-posts": N_("it is one of the author’s first messages"),
    "automatic": N_("a program sent it"),
    "two-from": N_("it does not say clearly who wrote it"),
    "two-authors": N_("it does not say clearly who wrote it"),
    "group-from": N_("it does not say clearly who wrote it"),
    "no-author": N_("it does not say clearly who wrote it"),
    "many-recipients": N_("it is addressed to very many people"),
    "encrypted": N_("it is encrypted, so that nobody here could read it"),
    "looks-forged": N_("it looks forged: the author’s mail server does not vouch for it"),
    "unproven": N_(
        "we cannot see whether its author wrote it, and an answer to our question has not come"
    ),
    "spam": N_("it looks like spam"),
    "emergency": N_("all mail to this address is held at the moment"),
    "member-rate": N_("the author wrote very many messages today"),
    "list-rate": N_("there were very many messages today"),
    "not-addressed": N_("it is not addressed to this place"),
    "automatic-flood": N_("a program sent very many messages in a short time"),
    "dns-silent": N_(
        "we cannot check at the moment who wrote it, because the name service of the "
        "internet does not answer"
    ),
    "topic-closed": N_("its topic is closed"),
    "attachment-type": N_("somebody has to look at what is attached to it"),
    "attachment-program": N_("somebody has to look at what is attached to it"),
    "attachment-disguised": N_("somebody has to look at what is attached to it"),
    "fediverse": N_("somebody wrote it on another server, as an answer to a post here"),
    "digest-reply": N_("it answers a digest and not one message"),
    "real-name": N_(
        "only pseudonyms are shown here, and it shows its author’s name or address; if you accept "
        "it, everybody sees that"
    ),
    "topic-command": N_("it consists of commands that only moderators may give"),
    "command": N_("it looks like a command for us, and no answer may go to its author"),
}


def why(lang: str, rule: str, reason: str) -> str:
    """Why a message is held, in the reader's language; the log's words for a rule without any."""
    return gettext(lang, _WHY[rule]) if rule in _WHY else reason


_WHY_YOURS = {
    "topic-command": N_(
        "it consists of commands that only moderators may give; if you are one, write from the "
        "address that we know"
    ),
    "nonmember": N_("you are not a member with this address"),
    "encrypted": N_(
        "it is encrypted, so that nobody here could read it. Switch encryption off for this "
        "address (in Delta Chat: “Enforce encryption” in the settings), and send it again"
    ),
    "real-name": N_(
        "only pseudonyms are shown here, and your message shows your name or address: before the "
        "address, in the text or in the signature. Have your mail program show another name, and "
        "send it again. How you write, and when, may still tell who you are"
    ),
    "no-room": N_(
        "there is no room left for messages that wait for somebody’s decision; please send "
        "it again tomorrow, or without what is attached to it"
    ),
    "first-posts": N_("it is one of your first messages"),
    "member-rate": N_("you wrote very many messages today"),
    "digest-reply": N_(
        "it answers a digest, so that nobody would see which message you mean; please "
        "answer one message: in the digest each has a link for that"
    ),
}


def why_yours(lang: str, rule: str) -> str:
    """The same, said to the author."""
    if rule in _WHY_YOURS:
        return gettext(lang, _WHY_YOURS[rule])
    return why(lang, rule, gettext(lang, "that is the rule here"))
