"""The post that tells a conference how a poll ended: a mail of ours, through spool/in as any."""

from __future__ import annotations

from solicomm_build.desk.lettering import words
from solicomm_build.desk.office import Office
from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import i18n
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.transform import header_field, mailbox_field


def post(office: Office, conference: str, files: PollFiles, *, hubs: int = 0) -> Item | None:
    """The mail with the table, in the conference's first language and below it the outcome in the
    others of the question. With `hubs` it is the second one, which tells what the result is with
    what so many other hubs reported. A function of the files alone, so that it is the same when
    made twice.
    """
    settings, closing, found = office.conference(conference), files.closing, files.tally
    if settings is None or closing is None or found is None:
        return None
    lang = next((tag for tag in settings.languages if tag in i18n.LANGUAGES), "en")
    poll, domain = files.poll, office.config.domain
    sender, to = f"{conference}-poll@{domain}", f"{conference}@{domain}"
    own, at = files.own_tally, poll.reports if hubs and poll.reports else closing.at
    page = f"{office.config.url}/conferences/{conference}/polls/{poll.id}/"
    subject, text = words(
        office,
        "polls/result",
        lang,
        page=page,
        hubs=hubs,
        before=pollterms.outcome(poll, own, lang) if hubs and own else "",
        question=poll.asked(lang)[0],
        outcome=pollterms.outcome(poll, found, lang),
        rows=[
            f"{one.number}. {one.label}: {one.weight} ({one.share})"
            for one in pollterms.lines(poll, found, lang)
        ],
        turnout=pollterms.turnout(poll, found, lang),
        quorum=pollterms.quorum(poll, lang),
        rule=pollterms.rule(poll, lang),
        ended=closing.at,
        others=[
            {"question": said, "outcome": pollterms.outcome(poll, found, other)}
            for other, said in poll.question.items()
            if other != lang and other in i18n.LANGUAGES
        ],
    )
    what = "counted" if hubs else "result"
    head = [
        mailbox_field("From", settings.title_in(lang), sender),
        header_field("To", to),
        header_field("Subject", subject),
        date_field(at),
        header_field("Message-ID", f"<{poll.id}.{what}@{conference}.polls.{domain}>"),
        header_field("Content-Language", lang),
    ]
    raw = message(head, text_part(text))
    return Item(Envelope(sender, (to,), at, ours=True), raw)
