"""The mails about people's cards: one function a mail, sentences of `people.po`."""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.desk import letters, vocabulary
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import Letter
from solicomm_build.desk.words import line
from solicomm_build.features.people import cardform
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.people.address import SITE


def _about(
    office: Office, to: str, lang: str, subject: str, *parts: str, token: str = ""
) -> Letter:
    """A letter from the hub, so that it names no list."""
    reply_to = f"{SITE}-confirm+{token}" if token else ""
    return letters.letter(office, "", to, lang, subject, *parts, reply_to=reply_to)


def form(
    office: Office,
    to: str,
    lang: str,
    token: str,
    card: Card,
    *,
    faults: Iterable[str] = (),
    is_shown: bool = False,
) -> Letter:
    """The card as it is, to be filled in."""
    off = vocabulary.shown(cardform.YES_NO, "off", lang)
    on = vocabulary.shown(cardform.YES_NO, "on", lang)
    wrong = list(faults)
    first = (
        gettext(lang, "This is your card in the directory of people as everybody sees it now:")
        + "\n"
        + line(f"{office.config.url}{card.url}")
        if is_shown
        else gettext(
            lang,
            "The directory of people shows everybody who takes part here and wants to be "
            "seen. You have no card yet.",
        )
    )
    parts = [
        "\n".join([gettext(lang, "Something could not be taken:"), *wrong]) if wrong else "",
        first,
        gettext(
            lang,
            "Answer this mail: fill in the text after each colon. Leave blank anything "
            "you want to keep private. Only the name is needed, and it need not be your "
            "own.",
        ),
        cardform.shown(card, lang),
        gettext(
            lang,
            "Behind “%(contact)s” write “%(on)s” if people may write to you through us, without "
            "seeing your address, or “%(off)s” if not.",
            contact=cardform.label("contact", lang),
            on=on,
            off=off,
        ),
        gettext(
            lang,
            "Behind “%(introduction)s” you can put the address of a page here on which you "
            "introduced yourself, or the name of the conference in which you did.",
            introduction=cardform.label("introduction", lang),
        ),
        gettext(
            lang,
            "To say something about yourself in another language, add a line such as "
            "“%(line)s”. If you attach a picture, a small one is made of it, without what the "
            "telephone wrote into it.",
            line=f"{cardform.label('about', lang)} (fr): …",
        ),
        gettext(
            lang,
            "Nothing is shown yet: we send you the card as it will be, and ask once more.",
        ),
        *((_how_to_withdraw(office, lang),) if is_shown else ()),
    ]
    subject = gettext(lang, "Your card in the directory of people")
    return _about(office, to, lang, subject, *parts, token=token)


def _how_to_withdraw(office: Office, lang: str) -> str:
    word = vocabulary.shown(vocabulary.commands(), "card", lang)
    remove = vocabulary.shown(cardform.REMOVE, "remove", lang)
    text = gettext(
        lang, "To take the card back, send the words “%(words)s” to:", words=f"{word} {remove}"
    )
    return f"{text}\n{line(office.address(SITE))}"


def consent(
    office: Office, to: str, lang: str, token: str, card: Card, *, photo: bool, is_new: bool
) -> Letter:
    """Shall everybody see this? Says plainly what that means."""
    said = (row.strip() for row in cardform.shown(card, lang).split("\n")[1:-1])
    rows = [line(row) for row in said if not row.endswith(":")]
    if photo:
        rows.append(line(f"{cardform.label('photo', lang)}: ✓"))
    parts = [
        gettext(lang, "This is what your card will say:") + "\n" + "\n".join(rows),
        gettext(
            lang,
            "Everybody in the world can read it then: colleagues, employers, authorities, people "
            "you do not know. It stays until you take it back.",
        ),
        gettext(
            lang,
            "We ask search engines not to list it, and it does not say which lists or conferences "
            "you take part in, unless you wrote so yourself. You can take it back at any time; "
            "then it is gone here at once. Copies that others made until then we cannot reach.",
        ),
        gettext(
            lang,
            "If you want everybody to see it, simply answer this mail: press Reply, then Send. "
            "You need not write anything.",
        ),
        gettext(lang, "If you do not want it, do nothing. Nothing is shown then.")
        if is_new
        else gettext(lang, "If you do not want it, do nothing. Your card stays as it is then."),
        ngettext(
            lang,
            "The answer must reach us within %(num)s day.",
            "The answer must reach us within %(num)s days.",
            CONFIRM.days,
        ),
    ]
    subject = gettext(lang, "Publish your card?")
    return _about(office, to, lang, subject, *parts, token=token)


def shown(office: Office, to: str, lang: str, card: Card) -> Letter:
    """Your card is there."""
    parts = [
        gettext(lang, "Everybody can see your card now:")
        + "\n"
        + line(f"{office.config.url}{card.url}"),
        gettext(
            lang,
            "People can write to you through us. They do not see your address, and if you answer, "
            "your answer goes through us as well.",
        )
        if card.is_reachable
        else "",
        gettext(
            lang,
            "To change it, send the word “%(word)s” to:",
            word=vocabulary.shown(vocabulary.commands(), "card", lang),
        )
        + "\n"
        + line(office.address(SITE)),
        _how_to_withdraw(office, lang),
    ]
    return _about(office, to, lang, gettext(lang, "Your card is shown"), *parts)


def withdrawn(office: Office, to: str, lang: str) -> Letter:
    """Your card is gone."""
    parts = [
        gettext(
            lang,
            "Your card is gone: the page, the photo, and all earlier versions that we had. Nobody "
            "can write to you through it any more.",
        ),
        gettext(
            lang,
            "What you wrote in lists and conferences stays as it is. Copies of the card that "
            "others made we cannot reach; our own backups lose it when they are replaced.",
        ),
    ]
    return _about(office, to, lang, gettext(lang, "Your card is gone"), *parts)
