"""The desk's mails about membership: one function a mail, sentences in the reader's language.

A letter begins with a greeting and ends with the address of the people who look after the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from solicomm_build.desk import vocabulary
from solicomm_build.desk.office import CONFIRM, UNDO, Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import line, paragraphs
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.people.address import SITE
from solicomm_build.people.membership import ANSWERS, option


def letter(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    subject: str,
    *parts: str,
    kind: str = "",
    reply_to: str = "",
    notice: bool = False,
    greet: bool = True,
    attached: tuple[Attached, ...] = (),
) -> Letter:
    """A letter about a list, or about the hub when none is named."""
    owner = f"{conference}-owner" if conference else "postmaster"
    frame = [gettext(lang, "Hello,"), *parts] if greet else list(parts)
    frame += [gettext(lang, "Any questions? People read what you write to:")]
    frame[-1] += "\n" + line(office.address(owner))
    return Letter(
        kind=kind,
        to=to,
        lang=lang,
        subject=subject,
        text=paragraphs(frame),
        sender=f"{conference}-request" if conference else SITE,
        name=office.title(conference, lang),
        reply_to=reply_to,
        conference=conference,
        notice=notice,
        attached=attached,
    )


def last_today(letter: Letter) -> Letter:
    """The same letter, which says first that it is the last answer of the day."""
    said = gettext(
        letter.lang,
        "This is the last answer that you get from us today: we send eleven a day at most, so "
        "that nobody can have you flooded with mail. What you ask for is done all the same. You "
        "are still told what becomes of votes, of what you confirm and of what is refused, and "
        "`mydata` is answered. From tomorrow on you get all answers again.",
    )
    return replace(letter, text=f"{paragraphs([said])}\n{letter.text}")


def _ask(
    office: Office, conference: str, to: str, lang: str, token: str, *what: str, kind: str
) -> Letter:
    """Asks for a confirmation: whoever answers has the token, and so reads this mailbox."""
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Please confirm: %(list)s", list=title),
        *what,
        gettext(
            lang,
            "If you want that, simply answer this mail: press Reply, then Send. You need not write "
            "anything.",
        ),
        *_by_web(office, lang, token, kind),
        gettext(lang, "If you do not want it, do nothing. Nothing happens then."),
        ngettext(
            lang,
            "The answer must reach us within %(num)s day.",
            "The answer must reach us within %(num)s days.",
            CONFIRM.days,
        ),
        kind=kind,
        reply_to=f"{conference or SITE}-confirm+{token}",
    )


def _by_web(office: Office, lang: str, token: str, kind: str) -> tuple[str, ...]:
    """The page that says yes as well, for who cannot answer from this address."""
    if kind.partition(":")[0] not in ("join", "invite", "stay", "leave", "wrote"):
        return ()
    text = gettext(lang, "Or open this page and press the button there:")
    return (f"{text}\n{line(f'{office.config.url}/confirm/{token}')}",)


def ask_join(
    office: Office, conference: str, to: str, lang: str, token: str, *, kind: str
) -> Letter:
    """Do you want to be on this list?"""
    what = gettext(
        lang,
        "Somebody, probably you, asked us to put this address on the list “%(list)s”:",
        list=office.title(conference, lang),
    )
    return _ask(office, conference, to, lang, token, f"{what}\n{line(to)}", kind=kind)


def invite(office: Office, conference: str, to: str, lang: str, token: str) -> Letter:
    """The people of a list would like to have you on it."""
    what = gettext(
        lang,
        "The people who look after the list “%(list)s” would like to have you on it, with this "
        "address:",
        list=office.title(conference, lang),
    )
    kind = f"invite:{conference}"
    return _ask(office, conference, to, lang, token, f"{what}\n{line(to)}", kind=kind)


def stay(office: Office, conference: str, to: str, lang: str, token: str, what: str) -> Letter:
    """Do you want to stay on a list that has moved here? `what` tells it (reconfirming.py)."""
    return _ask(office, conference, to, lang, token, what, kind=f"stay:{conference}")


def ask_leave(
    office: Office, conference: str, to: str, lang: str, token: str, *, kind: str
) -> Letter:
    """Do you want to leave?"""
    what = gettext(
        lang,
        "Somebody, probably you, asked us to take this address off the list “%(list)s”:",
        list=office.title(conference, lang),
    )
    return _ask(office, conference, to, lang, token, f"{what}\n{line(to)}", kind=kind)


def ask_commands(
    office: Office, conference: str, to: str, lang: str, token: str, lines: list[str], *, kind: str
) -> Letter:
    """Did you ask for that?"""
    what = gettext(lang, "Somebody, probably you, asked us to do this for your address:")
    rows = "\n".join(line(one) for one in lines)
    return _ask(office, conference, to, lang, token, f"{what}\n{rows}", kind=kind)


def ask_wrote(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    token: str,
    address: str,
    subject: str,
    *,
    kind: str,
) -> Letter:
    """Did you write this? `address` is where it went; a list is called by its address only, since
    nobody knows yet who asks."""
    what = gettext(
        lang, "We got a mail that says that it is from you, and cannot see whether it is:"
    )
    shown = f"{line(one_line(subject, 200))}\n{line(address)}"
    return letter(
        office,
        "",
        to,
        lang,
        gettext(lang, "Please confirm: %(list)s", list=address),
        f"{what}\n{shown}",
        gettext(
            lang,
            "If you wrote it, simply answer this mail: press Reply, then Send. You need not write "
            "anything. Then it goes on.",
        ),
        *_by_web(office, lang, token, kind),
        gettext(lang, "If you did not write it, do nothing, or answer: no. Then it goes nowhere."),
        ngettext(
            lang,
            "The answer must reach us within %(num)s day.",
            "The answer must reach us within %(num)s days.",
            CONFIRM.days,
        ),
        kind=kind,
        reply_to=f"{conference or SITE}-confirm+{token}",
    )


def ask_old_address(
    office: Office, conference: str, to: str, lang: str, token: str, new: str, *, kind: str
) -> Letter:
    """Do you want mail at another address from now on?"""
    what = gettext(
        lang,
        "Somebody, probably you, asked us to write to another address from now on. It is:",
    )
    return _ask(office, conference, to, lang, token, f"{what}\n{line(new)}", kind=kind)


def ask_new_address(
    office: Office, conference: str, to: str, lang: str, token: str, *, kind: str
) -> Letter:
    """Is this your new address?"""
    what = gettext(
        lang,
        "A member asked us to send mail to this address from now on, in place of an older one:",
    )
    return _ask(office, conference, to, lang, token, f"{what}\n{line(to)}", kind=kind)


def mode(office: Office, conference: str, lang: str, options: Mapping[str, str]) -> str:
    """How somebody with these options gets what is written, as a sentence."""
    if option(options, "paused"):
        return gettext(lang, "It is paused: nothing comes to you until you end the pause.")
    if option(options, "mail") == "off":
        return gettext(
            lang, "Nothing comes to you by mail. You may still write, and read on the web."
        )
    if option(options, "mail") == ANSWERS:
        return _answers(lang)
    return _RHYTHMS_SAID[option(options, "digest")](lang)


def _answers(lang: str) -> str:
    return gettext(
        lang,
        "Only answers come to you: to what you wrote, and in topics that you began. All the rest "
        "is on the web.",
    )


def _each(lang: str) -> str:
    return gettext(lang, "Each message comes to you by itself.")


def _daily(lang: str) -> str:
    return gettext(lang, "The messages come to you together, once a day.")


def _weekly(lang: str) -> str:
    return gettext(lang, "The messages come to you together, once a week.")


_RHYTHMS_SAID = {"none": _each, "daily": _daily, "weekly": _weekly}


def ways(office: Office, conference: str, lang: str) -> list[str]:
    """Where to write for what."""
    word = vocabulary.shown(vocabulary.COMMANDS, "help", lang)
    return [
        gettext(lang, "To write to everybody on the list, write to:")
        + "\n"
        + line(office.address(conference)),
        gettext(lang, "To leave the list, send an empty mail to:")
        + "\n"
        + line(office.address(f"{conference}-leave")),
        gettext(
            lang, "To see what else you can do by mail, send the word “%(word)s” to:", word=word
        )
        + "\n"
        + line(office.address(f"{conference}-request")),
    ]


def goodbye(office: Office, conference: str, to: str, lang: str, token: str) -> Letter:
    """You are off the list; an answer undoes it."""
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "You have left %(list)s", list=title),
        gettext(
            lang,
            "You are no longer on the list “%(list)s”. It sends you no more mail. Thank you for "
            "having been with us.",
            list=title,
        ),
        ngettext(
            lang,
            "Was it a mistake, or not you? Answer this mail within %(num)s day, and everything is "
            "as it was. You need not write anything.",
            "Was it a mistake, or not you? Answer this mail within %(num)s days, and everything is "
            "as it was. You need not write anything.",
            UNDO.days,
        ),
        reply_to=f"{conference}-confirm+{token}",
    )


def not_on(office: Office, conference: str, to: str, lang: str) -> Letter:
    """You are not on this list, with this address."""
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "You are not on %(list)s", list=title),
        gettext(lang, "This address is not on the list “%(list)s”:", list=title) + "\n" + line(to),
        gettext(
            lang,
            "Does its mail come to you all the same? Then it goes to another address of yours. "
            "Open one of these mails: your mail program shows a button or a menu entry to "
            "unsubscribe.",
        ),
        kind=f"not-on:{conference}",
    )


def spent(office: Office, conference: str, to: str, lang: str) -> Letter:
    """That token was used, or came too late."""
    parts = [
        gettext(
            lang,
            "What you answered has been dealt with already, or your answer came too late. Nothing "
            "was changed now.",
        )
    ]
    if conference:
        parts += [
            gettext(lang, "To join the list, send an empty mail to:")
            + "\n"
            + line(office.address(f"{conference}-join")),
            gettext(lang, "To leave the list, send an empty mail to:")
            + "\n"
            + line(office.address(f"{conference}-leave")),
        ]
    subject = gettext(lang, "Nothing left to confirm")
    return letter(office, conference, to, lang, subject, *parts, kind=f"spent:{conference}")


def passed_on(office: Office, conference: str, to: str, lang: str) -> Letter:
    """Somebody decides about your request."""
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "We passed on your request: %(list)s", list=title),
        gettext(
            lang,
            "Thank you for confirming. The list “%(list)s” is not open to everybody, so the people "
            "who look after it decide. You will hear from us as soon as they have.",
            list=title,
        ),
    )


def declined(office: Office, conference: str, to: str, lang: str, text: str) -> Letter:
    """They did not put you on the list."""
    title = office.title(conference, lang)
    parts = [
        gettext(
            lang,
            "The people who look after the list “%(list)s” have decided not to put you on it.",
            list=title,
        )
    ]
    if text:
        parts.append(gettext(lang, "They wrote:") + "\n" + "\n".join(map(line, text.split("\n"))))
    subject = gettext(lang, "Your request to join %(list)s", list=title)
    return letter(office, conference, to, lang, subject, *parts)


def misplaced(office: Office, conference: str, to: str, lang: str) -> Letter:
    """Your command went to everybody's address; it was not sent on."""
    title = office.title(conference, lang)
    return letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Your mail was not sent to the list %(list)s", list=title),
        gettext(
            lang,
            "Your mail looked as if you wanted something of us rather than of everybody on the "
            "list, so we did not send it on. Nothing else was done.",
        ),
        *ways(office, conference, lang)[1:],
        gettext(lang, "If you did want to write to everybody, please write a little more."),
        kind=f"misplaced:{conference}",
    )


def moved(office: Office, conference: str, to: str, lang: str, new: str) -> Letter:
    """Your mail goes to another address now; told to the old and the new one."""
    what = gettext(lang, "From now on we write to this address:") + "\n" + line(new)
    parts = [what, gettext(lang, "All lists and settings stay as they were.")]
    if to != new:
        parts.append(gettext(lang, "Was it not you? Please tell us at once."))
    return letter(office, conference, to, lang, gettext(lang, "Your new address"), *parts)


def taken(office: Office, conference: str, to: str, lang: str) -> Letter:
    """The new address belongs to another member."""
    why = gettext(
        lang,
        "We could not change the address: this one is on our lists already. Leave the lists with "
        "one of the two, or ask us to do it for you.",
    )
    return letter(office, conference, to, lang, gettext(lang, "Your new address"), why)


def results(
    office: Office, conference: str, to: str, lang: str, parts: list[str], *, kind: str
) -> Letter:
    """What came of your commands."""
    title = office.title(conference, lang)
    subject = gettext(lang, "Answer from %(list)s", list=title)
    return letter(office, conference, to, lang, subject, *parts, kind=kind)
