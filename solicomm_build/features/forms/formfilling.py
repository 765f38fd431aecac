"""Forms by mail: `forms@` and `<conference>-form@` (docs/formats/form.md).

    a form's name as subject → the empty form
    its lines, filled in     → a post, or the same text with `!!` above what is wrong

The answer becomes a mail from its author to the conference and goes through spool/in, so that all
rules for posting hold; what is not public lies in `private/forms`. Without proof that the author
sent it, and always from the web, the author is asked first. Looks only; the ledger does.
"""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.desk import tokens
from solicomm_build.desk.commands import ANSWER
from solicomm_build.desk.documents import Documents
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan, Write
from solicomm_build.features.forms import deeds, formhome, formletters, formplaces, formstore
from solicomm_build.features.forms.formplaces import Place
from solicomm_build.features.forms.formpost import post_of
from solicomm_build.features.forms.formstore import Submission
from solicomm_build.features.forms.values import formmail, formvalues
from solicomm_build.features.forms.values.formmail import Filled
from solicomm_build.features.forms.values.formvalues import Registry
from solicomm_build.features.forms.values.formwords import Wrong
from solicomm_build.foundation import i18n
from solicomm_build.foundation.types import Mailbox, Proven, post_id
from solicomm_build.message.address import is_valid
from solicomm_build.people import token
from solicomm_build.people.address import fold
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.proof import by_token
from solicomm_build.people.rosterevents import Event
from solicomm_build.post import ownwords
from solicomm_build.post.store import knownids

ANSWERS = "form"
"""The action of a token in the address that a form is sent back to: it proves who fills it in."""
CONFIRM = "form-answer"
"""The action of a token that says yes to an answer that waits."""
_MOST_LISTED = 30


def received(office: Office, case: Case, documents: Documents) -> None:
    """Forgets answers that waited too long, whenever a form comes. Safe to call twice."""
    formhome.sweep(office.config)


def requested(office: Office, case: Case) -> Plan:
    """What a mail to a form's address leads to."""
    to = author = case.author
    if not is_valid(author):
        return NOTHING
    case = replace(case, proof=_proof(office, case))
    name, _ = formmail.named(case.message.text, ANSWER.sub("", case.message.subject))
    lang = _language(office, case, author)
    place = formplaces.find(office, case, name)
    if place is None:
        offered = formplaces.offered(office, case)[:_MOST_LISTED]
        if not name and len(offered) == 1:
            return _template(office, case, Place(*offered[0]), to, lang)
        own = {one.id for one in formplaces.places(office, case)} & {case.conference}
        return _letter(formletters.which(office, to, lang, name, offered, "".join(own)))
    if place.withdrawn:
        letter = formletters.withdrawn(office, place.conference, place.form, to, lang, case)
        return _letter(letter)
    if not formmail.is_answer(place.form, case.message.text):
        return _template(office, case, place, to, lang)
    if not formplaces.may_answer(office, place.conference, case):
        text, cause = case.message.text, case.cause
        return _letter(
            formletters.not_yours(office, place.conference, place.form, to, lang, text, cause)
        )
    attached = tuple((one.name, one.type, one.payload) for one in case.message.attachments)
    submission = Submission(
        place.conference.id,
        place.form.id,
        case.message.text,
        author,
        _name(office, case, author),
        lang,
        case.envelope.received_at.isoformat(),
        attached,
    )
    return _answered(office, case, place, submission, to, who=case.proof)


def confirmed(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The author says yes to an answer that waited: by then the form may be another."""
    submission = formstore.waiting(office.config, str(facts.data.get("answer", "")))
    if submission is None or fold(submission.author) != fold(facts.address):
        return NOTHING
    submission = replace(submission, conference=facts.conference)  # as it is called now
    own = replace(case.as_proven(by_token(facts)), conference=submission.conference)
    place = formplaces.find(office, own, submission.form)
    if place is None or place.withdrawn:
        known = office.conference(submission.conference)
        if known is None:
            return NOTHING
        letter = formletters.gone(office, known, submission)
        return _letter(letter)
    attached = tuple((one.name, one.type, one.payload) for one in case.message.attachments)
    submission = replace(submission, attached=(*submission.attached, *attached))
    if not formplaces.may_answer(office, place.conference, own):
        lang, text = submission.lang, submission.text
        letter = formletters.not_yours(
            office, place.conference, place.form, submission.author, lang, text, case.cause
        )
        return _letter(letter)
    return _answered(office, case, place, submission, facts.address, who=by_token(facts))


def _answered(
    office: Office,
    case: Case,
    place: Place,
    submission: Submission,
    to: str,
    *,
    who: Proven | None,
) -> Plan:
    """A filled form: sent back when it is wrong, asked about when nobody knows who sent it."""
    registry = formstore.registry(office.config)
    names = ownwords.names_of([Mailbox(submission.name, submission.author)])
    filled = formmail.read(place.form, submission.text, registry, names)
    corrected = _corrected(office, place, who, filled) if who is not None else None
    if not filled.is_good:
        return _back(office, case, place, submission, to, filled, registry)
    is_new = formplaces.shows_more(office, place, submission.text, filled.values)
    if is_new:  # its author sees what is public now, and says yes to that
        text = formplaces.brought_on(submission.text, place.form)
        submission = replace(submission, text=text)
    if who is None or is_new:
        return _ask(office, case, place, submission, filled, registry)
    return _taken(office, case, place, submission, filled, registry, corrected)


def _taken(
    office: Office,
    case: Case,
    place: Place,
    submission: Submission,
    filled: Filled,
    registry: Registry,
    corrected: formstore.PrivateAnswer | None,
) -> Plan:
    """A good answer: a post, what is kept beside it, and a word of thanks."""
    author, conference, form = submission.author, place.conference, place.form
    member = office.roster().member(author)
    person, events = office.person(member.number) if member else ("", ())
    own = f"form.{post_id(f'{case.cause}/{conference.id}/{submission.text}')}"
    message_id = knownids.made(office.config, conference, f"{own}@{office.config.domain}")
    item = post_of(
        office.config,
        conference,
        form,
        filled.values,
        submission,
        registry,
        message_id=message_id,
        corrected=corrected,
    )
    mid = str(post_id(message_id))
    title = formvalues.title(form, filled.values, conference.languages[0], registry)
    kept = formstore.PrivateAnswer(
        mid,
        message_id,
        form.ref,
        person,
        submission.at,
        title,
        formvalues.private_part(form, filled.values),
    )
    may_correct = bool(person)
    letter = formletters.thanks(
        office, conference, form, submission, mid, filled.left, may_correct=may_correct
    )
    return Plan(
        events,
        letters=(letter,),
        subject="Take an answer to a form",
        posts=(item,),
        deeds=(deeds.keeping(conference.id, mid, kept.encode()),),
    )


def _corrected(
    office: Office, place: Place, author: Proven, filled: Filled
) -> formstore.PrivateAnswer | None:
    """The earlier report that an answer replaces; a fault is noted when it is not the author's."""
    if not filled.corrects:
        return None
    member = office.roster().member(author)
    person = office.roster().persons.of(member.number) if member else None
    is_moderator = office.roster().role(place.conference.id, author) in ("moderator", "host")
    named = formstore.private_answers(
        office.config, place.conference.id, lambda mid: mid.startswith(filled.corrects)
    )
    found = [
        one
        for one in named
        if one.mid.startswith(filled.corrects)
        and one.form.partition("@")[0] == place.form.id
        and (is_moderator or (person and one.person == person))
    ]
    if len(found) == 1:
        return found[0]
    filled.faults["corrects"] = Wrong("report")
    return None


def _back(
    office: Office,
    case: Case,
    place: Place,
    submission: Submission,
    to: str,
    filled: Filled,
    registry: Registry,
) -> Plan:
    """The same text, with what is wrong above the lines."""
    text = formmail.template(
        place.form,
        submission.lang,
        registry,
        filled.written,
        faults=filled.faults,
        unknown=filled.unknown,
        corrects=filled.corrects,
    )
    tag, events = _tagged(case, place, to)
    count = len(filled.faults) + len(filled.unknown)
    letter = formletters.back(
        office,
        place.conference,
        place.form,
        submission,
        to,
        text,
        count,
        filled.left,
        kind=f"form-back:{case.cause}",
        tag=tag,
    )
    return Plan(events, letters=(letter,), subject="Send a form back")


def _ask(
    office: Office,
    case: Case,
    place: Place,
    submission: Submission,
    filled: Filled,
    registry: Registry,
) -> Plan:
    """Asks the address whether it sent this; until then the answer waits."""
    key = str(post_id(f"{case.cause}/{submission.author}/{submission.text}"))
    written = formmail.written(place.form, filled.values, submission.lang, registry)

    def write(text: str, kind: str) -> Letter:
        return formletters.ask(
            office, place.conference, place.form, submission, written, text, kind=kind
        )

    own = replace(case, conference=place.conference.id)
    asked = tokens.ask(
        office,
        own,
        CONFIRM,
        submission.author,
        write,
        kind=f"{CONFIRM}:{key}",
        data={"answer": key, "lang": submission.lang},
        days=formstore.WAITS,
    )
    if not asked:
        return NOTHING
    file = Write.to_private(formstore.waiting_path(key), formstore.encode_waiting(submission))
    return asked + Plan(writes=(file,))


def _template(office: Office, case: Case, place: Place, to: str, lang: str) -> Plan:
    """The empty form."""
    text = formmail.template(place.form, lang, formstore.registry(office.config))
    tag, events = _tagged(case, place, to)
    kind = f"form:{place.conference.id}:{place.form.ref}:{lang}"
    letter = formletters.empty(
        office, place.conference, place.form, to, lang, text, kind=kind, tag=tag
    )
    return Plan(events, letters=(letter,), subject="Send a form")


def _tagged(case: Case, place: Place, to: str) -> tuple[str, tuple[Event, ...]]:
    """The token in the address that the form comes back to, for an author whom nothing else
    proves; only where the letter may go out at all."""
    if case.proven or case.mute or case.web:
        return "", ()
    text = token.fresh()
    return text, (tokens.given(text, ANSWERS, place.conference.id, to, days=MODERATE),)


def _letter(letter: Letter) -> Plan:
    return Plan(letters=(letter,))


# -- who and what -----------------------------------------------------------------------------


def _proof(office: Office, case: Case) -> Proven | None:
    """The author, when he is proved: by the mail itself, or by the token of a form that was sent to
    this very address. What a page of ours wrote proves nobody."""
    if case.proven or case.web or not case.tag:
        return None if case.web else case.proof
    found = tokens.found(office, case.tag)
    known = found is not None and found[1].action == ANSWERS
    if found is None or not known or fold(found[1].address) != fold(case.author):
        return None
    return by_token(found[1])


def _name(office: Office, case: Case, author: str) -> str:
    """The author's name as the mail says it, else as the member list does of a proved one."""
    member = office.roster().member(case.proof) if case.proof is not None else None
    said = case.message.from_[0].name if case.message.from_ else ""
    return said or (member.name if member else "")


def _language(office: Office, case: Case, author: str) -> str:
    """The language after the form's name, else that of the template which was filled in, else the
    one the author reads, else the mail's."""
    words = ANSWER.sub("", case.message.subject).lower().split()
    if len(words) > 1 and words[1] in i18n.LANGUAGES:
        return words[1]
    if case.web:
        return office.language(case)
    if spoken := formmail.language_of(case.message.text):
        return spoken
    member = office.roster().member(case.proof) if case.proof is not None else None
    return office.language(case, member.lang if member else "")
