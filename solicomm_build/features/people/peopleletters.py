"""The mails about people's cards: the facts of each; the words are in `letters/`."""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.desk import vocabulary
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import CONFIRM, Office
from solicomm_build.desk.plan import Letter
from solicomm_build.features.people import cardform, elsewhere
from solicomm_build.features.people.personcard import Card
from solicomm_build.people.address import SITE


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
    return letter(
        office,
        "people/form",
        to,
        lang,
        reply_to=f"{SITE}-confirm+{token}",
        faults=list(faults),
        is_shown=is_shown,
        page=f"{office.config.url}{card.url}",
        card=cardform.shown(card, lang, networked=elsewhere.is_networked(office.config)),
        label={key: cardform.label(key, lang) for key in ("contact", "introduction", "about")},
        on=vocabulary.shown(cardform.YES_NO, "on", lang),
        off=vocabulary.shown(cardform.YES_NO, "off", lang),
        remove=_remove(lang),
        plain=True,
    )


def _remove(lang: str) -> str:
    return vocabulary.shown(cardform.REMOVE, "remove", lang)


def consent(
    office: Office, to: str, lang: str, token: str, card: Card, *, photo: bool, is_new: bool
) -> Letter:
    """Shall everybody see this? Says plainly what that means."""
    networked = elsewhere.is_networked(office.config)
    form_ = cardform.shown(card, lang, networked=networked)
    said = (row.strip() for row in form_.split("\n")[1:-1])
    rows = [row for row in said if not row.endswith(":")]
    if photo:
        rows.append(f"{cardform.label('photo', lang)}: ✓")
    back = f"{SITE}-confirm+{token}"
    days = CONFIRM.days
    shared = bool(card.share) and networked
    return letter(
        office,
        "people/consent",
        to,
        lang,
        reply_to=back,
        rows=rows,
        is_new=is_new,
        days=days,
        shared=shared,
    )


def shown(office: Office, to: str, lang: str, card: Card) -> Letter:
    """Your card is there."""
    page, reachable = f"{office.config.url}{card.url}", card.is_reachable
    return letter(
        office, "people/shown", to, lang, page=page, reachable=reachable, remove=_remove(lang)
    )


def withdrawn(office: Office, to: str, lang: str) -> Letter:
    """Your card is gone."""
    return letter(office, "people/withdrawn", to, lang)
