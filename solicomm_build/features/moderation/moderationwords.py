"""Sentences of the mails about moderation; the catalogue is `moderation.po`."""

from __future__ import annotations

from solicomm_build.foundation import i18n

DOMAIN = "moderation"


def tell(lang: str, message: str, **facts: str) -> str:
    """A sentence in `lang` with its facts put in."""
    return i18n.gettext(lang, message, domain=DOMAIN) % facts


def tell_many(lang: str, one: str, many: str, count: int) -> str:
    """A sentence with a number, in the form that `lang` wants for it; `%(num)s` is the number."""
    text = i18n.ngettext(lang, one, many, count, domain=DOMAIN)
    return text % {"num": i18n.format_number(lang, count)}


_WHY = {
    "nonmember": "the author is not on the list",
    "moderated": "every message to this list is looked at first",
    "announce": "only the people who look after this list may write to it",
    "first-posts": "it is one of the author’s first messages",
    "automatic": "a program sent it",
    "two-from": "it does not say clearly who wrote it",
    "two-authors": "it does not say clearly who wrote it",
    "group-from": "it does not say clearly who wrote it",
    "no-author": "it does not say clearly who wrote it",
    "many-recipients": "it is addressed to very many people",
    "encrypted": "it is encrypted, so that nobody on the list could read it",
    "looks-forged": "it looks forged: the author’s mail server does not vouch for it",
    "unproven": "we cannot see whether its author wrote it, and an answer to our question has not "
    "come",
    "spam": "it looks like spam",
    "emergency": "all mail to this list is held at the moment",
    "member-rate": "the author wrote very many messages today",
    "list-rate": "there were very many messages today",
    "not-addressed": "it is not addressed to the list",
    "automatic-flood": "a program sent very many messages in a short time",
    "dns-silent": "we cannot check at the moment who wrote it, because the name service of the "
    "internet does not answer",
    "topic-closed": "its topic is closed",
    "attachment-type": "somebody has to look at what is attached to it",
    "attachment-program": "somebody has to look at what is attached to it",
    "attachment-disguised": "somebody has to look at what is attached to it",
    "digest-reply": "it answers a digest and not one message",
    "real-name": "only pseudonyms are shown on this list, and it shows its author’s name or "
    "address; if you accept it, everybody sees that",
    "topic-command": "it consists of commands that only the people who look after the list may "
    "give",
}


def why(lang: str, rule: str, reason: str) -> str:
    """Why a message is held, in the reader's language; the log's words for a rule without any."""
    return i18n.gettext(lang, _WHY[rule], domain=DOMAIN) if rule in _WHY else reason


_WHY_YOURS = {
    "topic-command": "it consists of commands that only the people who look after the list may "
    "give; if you are one of them, write from the address that the list knows",
    "nonmember": "you are not on the list with this address",
    "real-name": "only pseudonyms are shown on this list, and your message shows your name or "
    "address: before the address, in the text or in the signature. Have your mail program show "
    "another name, and send it again. How you write, and when, may still tell who you are",
    "no-room": "there is no room left for messages that wait for somebody’s decision; please send "
    "it again tomorrow, or without what is attached to it",
    "first-posts": "it is one of your first messages",
    "member-rate": "you wrote very many messages today",
    "digest-reply": "it answers a digest, so that nobody would see which message you mean; please "
    "answer one message: in the digest each has a link for that",
}


def why_yours(lang: str, rule: str) -> str:
    """The same, said to the author."""
    if rule in _WHY_YOURS:
        return i18n.gettext(lang, _WHY_YOURS[rule], domain=DOMAIN)
    return why(lang, rule, tell(lang, "that is the rule here"))
