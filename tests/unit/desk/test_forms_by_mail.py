"""Forms that are asked for, filled in and sent back by mail: what each answer leads to."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.forms import formstore
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.renaming import places
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.post import conference as settings
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import NOW, TITLES, DeskHub, token_in

CONTENT = Path(__file__).parents[3] / "content" / "forms"
FORM = "collective-agreement"
GOOD = """Form: collective-agreement@1
Union: Hogar Digno
Employer: =cmd() Ltd
Country: Kenia
Sector: I
Workers covered: 1 200
Women among them: 700
In force from: 2026-05-01
In force until: 30.4.2028
Wage rise: 2026; 3,5; 500 EUR
Wage rise: 2027; 3
Dispute before it: huelga
Days it lasted: ١٢
Remarks: Won after twelve days.

| Country: is a word that may stand here, too.
"""


def use(hub: DeskHub, *refs: str, conference: str = "water", **more: str) -> None:
    """Puts these forms into a conference, and in force."""
    repo = open_repo(hub.config.conference_repo(conference))
    changed = replace(settings.decode(smallhub.files(repo.path)[settings.FILE]), forms=refs, **more)  # type: ignore[arg-type]
    changes = [Change(settings.FILE, settings.encode(changed))]
    for ref in refs:
        source = CONTENT / f"{ref.partition('@')[0]}@1.yaml"
        version = ref.partition("@")[2]
        text = source.read_text("utf-8").replace("version: 1\n", f"version: {version}\n", 1)
        changes.append(Change(forms.path(ref), text.encode()))
    write_once(repo, changes, message="Forms\n", when=hub.now)


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path)
    made.member(1, "ana@union.example", "water", name="Ana Paz")
    made.member(2, "mod@union.example", "water", role="moderator")
    use(made, f"{FORM}@1")
    return made


def handed_in(hub: DeskHub) -> list[Item]:
    """What waits in spool/in."""
    spool = Spool(hub.config.spool_in)
    return [item for path in spool.pending() for item in spool.read(path)]


def published(hub: DeskHub, conference: str = "water") -> list[Post]:
    """The posts of the conference, after ingest has had its turn."""
    with clock.fixed(hub.now):
        ingest(hub.config, once=True)
    found = smallhub.files(hub.config.conference_repo(conference))
    return [posts.decode(blob) for path, blob in found.items() if posts.parse_path(path)]


def private(hub: DeskHub, conference: str = "water") -> list[formstore.PrivateAnswer]:
    return list(formstore.private_answers(hub.config, conference))


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_the_empty_form_comes_in_the_language_asked_for(hub: DeskHub, lang: str) -> None:
    (answer,) = hub.ask("forms", subject=f"{FORM} {lang}")
    form = formstore.of_conference(hub.config, "water")[1][FORM]  # type: ignore[index]
    assert answer.language == lang
    assert form.title_in(lang) in answer.subject
    assert all(f"\n{one.label_in(lang)}:" in answer.text for one in form.fields)
    assert answer.reply_to[0].addr_spec == "water-form@hub.example"


def test_an_answer_becomes_a_post_and_keeps_the_rest_private(hub: DeskHub) -> None:
    (thanks,) = hub.ask("forms", GOOD, subject="Re: your form")
    (post,) = published(hub)
    assert (post.kind, post.name) == ("form", "Ana Paz")
    assert post.subject == "Hogar Digno: =cmd() Ltd, 2026-05-01 – 2028-04-30"
    assert post.answer is not None
    assert post.answer.values["country"] == "KE"
    assert post.answer.values["wage"] == [
        {"year": "2026", "rise_pct": "3.5", "lump": "500 EUR"},
        {"year": "2027", "rise_pct": "3"},
    ]
    assert post.answer.values["dispute"] == "strike"
    assert not {"workers", "women", "dispute_days", "remarks"} & set(post.answer.values)
    assert "twelve" not in post.body
    (kept,) = private(hub)
    assert (kept.mid, kept.form) == (post.mid, f"{FORM}@1")
    assert kept.values["workers"] == "1200"
    assert str(kept.values["remarks"]).endswith("Country: is a word that may stand here, too.")
    assert kept.person == hub.roster.persons.of(1)
    assert post.mid[:10] in thanks.text


def test_a_report_and_what_is_private_of_it_have_one_secret_id(hub: DeskHub) -> None:
    use(hub, f"{FORM}@1", pseudonyms="required")
    hub.member(3, "real@union.example", "water", name="Red Fox")
    (thanks,) = hub.ask("water-form", GOOD, sender="real@union.example", name="Red Fox")
    (item,) = handed_in(hub)
    assert b"@post.solicomm.invalid>" in item.raw
    (kept,) = private(hub)
    assert published(hub) == [], "the name in the roster is never shown: it goes back"
    with closing(MailStore(open_repo(hub.config.mail_repo))) as mail:
        assert mail.decision("water", PostId(kept.mid)) is not None
    assert kept.mid[:10] in thanks.text


def test_members_only_fields_are_nowhere_in_the_conference(hub: DeskHub) -> None:
    hub.ask("water-form", GOOD)
    published(hub)
    everything = b"".join(smallhub.files(hub.config.conference_repo("water")).values())
    assert b"twelve days" not in everything
    assert b"union.example" not in everything.replace(b"@union.example>", b"")


def test_faults_come_back_in_the_same_form(hub: DeskHub) -> None:
    wrong = GOOD.replace("2026-05-01", "03/04/2026").replace("1 200", "many")
    (back,) = hub.ask("forms", wrong, subject="form es")
    assert not handed_in(hub)
    assert "!! Esto puede leerse de dos maneras. Escriba 2026-04-03 o 2026-03-04" in back.text
    assert "\nVigente desde: 03/04/2026\n" in back.text
    assert "\nPersonas cubiertas: many\n" in back.text
    mended = back.text.replace("03/04/2026", "2026-04-03").replace(": many", ": ١٬٢٠٠")
    quoted = "Voilà!\n" + "".join(f"> {row}\n" for row in mended.split("\n"))
    hub.reply(back, quoted)
    (post,) = published(hub)
    assert post.answer is not None
    assert post.answer.values["starts"] == "2026-04-03"
    assert private(hub)[0].values["workers"] == "1200"


def test_what_is_missing_is_named(hub: DeskHub) -> None:
    (back,) = hub.ask("forms", "Union: Hogar\n", subject=FORM)
    assert back.text.count("!! This is missing") == 5


def test_html_only_is_read(hub: DeskHub) -> None:
    rows = "".join(f"<div>{row}</div>" for row in GOOD.split("\n"))
    fields = ["MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"]
    hub.ask("forms", f"<html><body>{rows}</body></html>", fields=fields, subject=FORM)
    (post,) = published(hub)
    assert post.answer is not None
    assert post.answer.values["employer"] == "=cmd() Ltd"


def test_an_unknown_line_is_asked_back(hub: DeskHub) -> None:
    (back,) = hub.ask("forms", GOOD.replace("Sector:", "Sectr:"), subject=FORM)
    assert "!! There is no line “Sectr” in this form. Did you mean “Sector”?" in back.text
    assert "\nSectr: I\n" in back.text


def test_a_line_that_stands_twice_is_asked_back(hub: DeskHub) -> None:
    (back,) = hub.ask("forms", GOOD.replace("Sector: I", "Sector: I\nSector: C"), subject=FORM)
    assert "!! This line is there more than once. Keep one of them" in back.text
    assert "\nSector: I\nSector: C\n" in back.text


def test_a_megabyte_in_a_field_is_refused_and_not_lost(hub: DeskHub) -> None:
    long = GOOD.replace("=cmd() Ltd", "word " * 200_000)
    (back,) = hub.ask("forms", long, subject=FORM)
    assert "!! This is longer than 120 characters" in back.text
    assert "\nEmployer: word word" in back.text
    assert len(back.text) < 30_000
    assert not handed_in(hub)


def test_labels_may_be_in_another_language_than_the_template(hub: DeskHub) -> None:
    (template,) = hub.ask("forms", subject=f"{FORM} ar")
    mixed = (
        "Syndicat: Hogar\nРаботодатель: Acme\nPaís: Кения\nالقطاع: Construcción\n"
        "Vigente desde: 1 мая 2026\nEm vigor até: 30 avril 2028\n"
    )
    mixed = "> الاستمارة: collective-agreement@1\n" + mixed
    (thanks,) = hub.reply(template, mixed)
    assert thanks.language == "ar"
    (post,) = published(hub)
    assert post.answer is not None
    assert post.answer.values == {
        "union": "Hogar",
        "employer": "Acme",
        "country": "KE",
        "sector": "F",
        "starts": "2026-05-01",
        "ends": "2028-04-30",
    }


def test_a_form_that_was_withdrawn_meanwhile(hub: DeskHub) -> None:
    hub.ask("forms", subject=FORM)
    use(hub)
    (told,) = hub.ask("water-form", GOOD)
    assert "is not used any more" in told.text
    assert "> Employer: =cmd() Ltd" in told.text
    assert not handed_in(hub)


def test_a_form_whose_next_version_is_in_force(hub: DeskHub) -> None:
    use(hub, f"{FORM}@1", f"{FORM}@2")
    hub.ask("water-form", GOOD)
    (post,) = published(hub)
    assert post.answer is not None
    assert post.answer.form == f"{FORM}@2"


def test_an_unproven_author_is_asked_first(hub: DeskHub) -> None:
    (asked,) = hub.ask("forms", GOOD, subject=FORM, proven=False)
    assert not handed_in(hub)
    assert "Employer: =cmd() Ltd" in asked.text
    assert "Remarks (not public): Won" in asked.text
    assert f"/confirm/{token_in(asked)}" in asked.text
    hub.reply(asked, "yes", proven=False)
    (post,) = published(hub)
    assert post.name == "Ana Paz"


def test_an_answer_that_waits_goes_along_when_its_list_is_renamed(hub: DeskHub) -> None:
    (asked,) = hub.ask("forms", GOOD, proven=False)
    with clock.fixed(hub.now):
        places.rename(hub.config, "water", "rivers")
    (thanks,) = hub.reply(asked)
    assert "rivers" in thanks.text
    (post,) = published(hub, "rivers")
    assert post.kind == "form"
    assert [one.mid for one in private(hub, "rivers")] == [post.mid]


def test_the_token_of_a_template_proves_its_reader(hub: DeskHub) -> None:
    (template,) = hub.ask("forms", subject=FORM, proven=False)
    hub.reply(template, GOOD, proven=False, sender="eve@bad.example")
    assert not handed_in(hub)
    hub.reply(template, GOOD, proven=False)
    assert len(published(hub)) == 1


@pytest.mark.parametrize(
    "field",
    ["Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <x.example>", "X-Loop: x"],
)
def test_programs_are_never_answered(hub: DeskHub, field: str) -> None:
    assert hub.ask("forms", GOOD, subject=FORM, fields=[field]) == []
    assert hub.ask("forms", GOOD, subject=FORM, mail_from=None) == []
    assert not handed_in(hub)


def test_strangers_wait_for_a_moderator_and_the_banned_for_nothing(hub: DeskHub) -> None:
    hub.ask("forms", GOOD, subject=FORM, sender="stranger@else.example")
    assert published(hub) == []
    held = smallhub.files(hub.config.mail_repo, "held")
    assert len([path for path in held if path.endswith(".eml")]) == 1
    from solicomm_build.people import rosterevents

    hub.note(rosterevents.standing("water", "bad@else.example", "banned", at=NOW, by="test"))
    answers = hub.ask("forms", GOOD, subject=FORM, sender="bad@else.example")
    (told,) = [one for one in answers if one.to[0].addr_spec == "bad@else.example"]
    assert "Only people who may write" in told.text


def test_only_moderators_report_to_a_list_of_announcements(hub: DeskHub) -> None:
    use(hub, f"{FORM}@1", posting="announce")
    (told,) = hub.ask("forms", GOOD, subject=FORM)
    assert "Only people who may write to" in told.text
    hub.ask("forms", GOOD, subject=FORM, sender="mod@union.example")
    assert len(published(hub)) == 1


def test_a_closed_conference_is_like_none(hub: DeskHub) -> None:
    use(hub, "solidarity-appeal@1", conference="board")
    nothing = hub.ask("forms", subject="no-such-form")[0].text
    closed = hub.ask("forms", subject="solidarity-appeal")[0].text
    assert closed.replace("solidarity-appeal", "no-such-form") == nothing
    (told,) = hub.ask("board-form", subject="solidarity-appeal", sender="eve@else.example")
    assert TITLES["en"] not in told.text
    assert "Board" not in str(told.raw)


def test_a_closed_conference_is_like_none_for_who_is_banned_there(hub: DeskHub) -> None:
    use(hub, f"{FORM}@1", conference="board")
    use(hub)
    hub.member(4, "cid@union.example", "board")
    (known,) = hub.ask("board-form", subject=FORM, sender="cid@union.example")
    hub.note(rosterevents.standing("board", "cid@union.example", "banned", at=hub.now, by="test"))
    hub.work()  # who was banned is told
    (unknown,) = hub.ask("board-form", subject=FORM, sender="cid@union.example")
    assert "Employer" in known.text
    assert "Employer" not in unknown.text
    hub.note(rosterevents.role("board", 4, "moderator", at=hub.now, by="test"))
    (known,) = hub.ask("board-form", subject=FORM, sender="cid@union.example")
    assert "Employer" in known.text, "who looks after it reads on"


def test_a_correction_names_an_own_report(hub: DeskHub) -> None:
    hub.ask("forms", GOOD, subject=FORM)
    (first,) = published(hub)
    again = GOOD.replace("2026; 3,5", "2026; 4") + f"Corrects report: {first.mid[:10]}\n"
    (refused,) = hub.ask("forms", again, subject=FORM, sender="eve@union.example")
    assert "!! There is no report of yours with this number" in refused.text
    hub.ask("forms", again, subject=FORM)
    second = next(post for post in published(hub) if post.mid != first.mid)
    assert second.answer is not None
    assert second.answer.replaces == first.mid
    assert second.in_reply_to == first.message_id


def test_attachments_go_with_the_post(hub: DeskHub) -> None:
    body = (
        "--b\nContent-Type: text/plain; charset=utf-8\n\n" + GOOD + "--b\n"
        "Content-Type: application/pdf\n"
        'Content-Disposition: attachment; filename="agreement.pdf"\n\n%PDF-1.4 x\n--b--\n'
    )
    fields = ["MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"]
    hub.ask("forms", body, subject=FORM, fields=fields)
    (post,) = published(hub)
    assert [one.name for one in post.attachments] == ["agreement.pdf"]


def test_what_there_is_to_fill_in(hub: DeskHub) -> None:
    (told,) = hub.ask("forms", subject="help")
    assert FORM in told.text
    assert "water-form@hub.example" in told.text


ENDINGS = (
    "Saludos, Rosa",
    "\nSaludos,\nRosa Paz",
    "-- \nAna Paz, Hogar Digno",
    "--\nTel: 1234",
    "Sent from my phone",
    "\nAna",
    "Thanks!\n\nSent from my iPhone",
    "\nС уважением,\nАна",
    "\nCordialement\nAna\n\n"
    "Le ven. 27 nov. 2026 à 10:00, Water <\nwater-form@hub.example> a écrit :\n\n"
    "> Form: collective-agreement@1\n>\n> Union:\n>\n> Remarks:\n>\n> ####",
    "\nOn Fri, 27 Nov 2026, Water wrote:\n"
    "> Form: collective-agreement@1\n> Union:\n> ####\n> -- \n> x",
)


@pytest.mark.parametrize("ending", ENDINGS)
def test_how_a_mail_ends_is_no_part_of_the_last_answer(hub: DeskHub, ending: str) -> None:
    (thanks,) = hub.ask("forms", f"Hello,\n\n{GOOD}\nThanks to all who stood there.\n{ending}\n")
    (kept,) = private(hub)
    assert str(kept.values["remarks"]).endswith("too.\n\nThanks to all who stood there.")
    assert "Rosa" not in thanks.text


@pytest.mark.parametrize("ending", ENDINGS)
def test_how_a_mail_ends_breaks_no_short_answer(hub: DeskHub, ending: str) -> None:
    text = GOOD.partition("Remarks:")[0]
    hub.ask("forms", f"{text}{ending}\n")
    (kept,) = private(hub)
    assert kept.values["dispute_days"] == "12"


def test_words_that_could_end_a_mail_stay_in_an_answer_that_goes_on(hub: DeskHub) -> None:
    said = "Remarks: We said\nThank you\nSent from the gate, by all.\nUnion: Hogar Digno\n####\n"
    hub.ask("forms", GOOD.replace("Union: Hogar Digno\n", "").partition("Remarks:")[0] + said)
    (kept,) = private(hub)
    assert kept.values["remarks"] == "We said\nThank you\nSent from the gate, by all."


def test_who_cannot_correct_a_report_is_not_told_to(hub: DeskHub) -> None:
    (thanks,) = hub.ask("forms", GOOD, subject=FORM)
    assert "If something has to be corrected" in thanks.text
    (thanks,) = hub.ask("forms", GOOD, subject=FORM, sender="stranger@else.example")
    assert thanks.to[0].addr_spec == "stranger@else.example"
    assert "If something has to be corrected" not in thanks.text
