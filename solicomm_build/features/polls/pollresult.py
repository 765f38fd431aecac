"""The post that tells a conference how a poll ended: a mail of ours, through spool/in as any."""

from __future__ import annotations

from solicomm_build.desk.office import Office
from solicomm_build.desk.words import line, paragraphs
from solicomm_build.features.polls.pollletters import honest
from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.transform import header_field, mailbox_field


def post(office: Office, conference: str, files: PollFiles) -> Item | None:
    """The mail with the table, in the conference's first language and below it the outcome in the
    others of the question. A function of the files alone, so that it is the same when made twice.
    """
    settings, closing, found = office.conference(conference), files.closing, files.tally
    if settings is None or closing is None or found is None:
        return None
    lang = next((tag for tag in settings.languages if tag in i18n.LANGUAGES), "en")
    poll, domain = files.poll, office.config.domain
    sender, to = f"{conference}-poll@{domain}", f"{conference}@{domain}"
    question, _ = poll.asked(lang)
    head = [
        mailbox_field("From", settings.title_in(lang), sender),
        header_field("To", to),
        header_field("Subject", gettext(lang, "Result: %(question)s", question=question)),
        date_field(closing.at),
        header_field("Message-ID", f"<{poll.id}.result@{conference}.polls.{domain}>"),
        header_field("Content-Language", lang),
    ]
    page = f"{office.config.url}/conferences/{conference}/polls/{poll.id}/"
    parts = [*_told(files, lang)]
    for other in poll.question:
        if other != lang and other in i18n.LANGUAGES:
            parts.append("\n".join([poll.question[other], pollterms.outcome(poll, found, other)]))
    parts += [
        gettext(lang, "All votes, and how to count them again, are on this page:")
        + "\n"
        + line(page),
        *honest(lang),
    ]
    raw = message(head, text_part(paragraphs(parts)))
    return Item(Envelope(sender, (to,), closing.at, ours=True), raw)


def _told(files: PollFiles, lang: str) -> list[str]:
    poll, found, closing = files.poll, files.tally, files.closing
    if found is None or closing is None:
        return []
    rows = [
        line(f"{one.number}. {one.label}: {one.weight} ({one.share})")
        for one in pollterms.lines(poll, found, lang)
    ]
    return [
        poll.asked(lang)[0],
        pollterms.outcome(poll, found, lang),
        "\n".join(rows),
        pollterms.turnout(poll, found, lang),
        pollterms.quorum(poll, lang),
        pollterms.rule(poll, lang),
        gettext(lang, "It ended on %(when)s.", when=i18n.format_datetime(lang, closing.at)),
    ]
