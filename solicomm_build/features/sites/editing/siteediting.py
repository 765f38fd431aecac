"""Editing a union's site by mail: `site+<union>@`, and the answer to it, `site-<union>+TOKEN@`.

Whoever has a grant for the repository (people/access.py) may write from the address that the grant
names. Nothing changes by a From field: a draft or a text goes to the editor's own address, and only
what comes back with the token in it is saved, through the gate (features/sites/siteedits.py),
which is the rule for moderators as well. What is refused comes back as it was sent, with each fault
above it.

Drafts lie in features/sites/sitedrafts.py; the roster holds the digest of the token and what it is
for. A save is done before the plan is written down; done twice, it is one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from solicomm_build.desk import tokens
from solicomm_build.desk.office import MODERATE, Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.extraction import photo
from solicomm_build.features.sites import siteaddress, siteedits
from solicomm_build.features.sites.editing import editlinks, moving, picturenames, sitedrafts
from solicomm_build.features.sites.editing import siteeditingletters as letters
from solicomm_build.features.sites.editing import siteeditingmail as mail
from solicomm_build.features.sites.editing.sitedrafts import Draft
from solicomm_build.features.sites.editing.siteeditor import Editor
from solicomm_build.features.sites.siteedits import Changed, Edit, Editors, Refused
from solicomm_build.features.sites.values import siteedit, sitefiles
from solicomm_build.foundation import clock, formernames
from solicomm_build.foundation.errors import ConflictError
from solicomm_build.foundation.types import Oid
from solicomm_build.message import structure
from solicomm_build.message.header import decode as decoded
from solicomm_build.message.split import split
from solicomm_build.message.values import Attachment
from solicomm_build.people import pending, token
from solicomm_build.people.gittoken import Grant
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.proof import by_token

ACTION = "site"
NAMED = "named"
"""Subject of what the page that makes sites sends for each editor it names; its text is by whom."""
MOST_PICTURES = 8


def requested(office: Office, case: Case) -> Plan:
    """What a mail to a site leads to."""
    local, former = (
        case.address.rpartition("@")[0],
        formernames.now(office.config.private, "unions"),
    )
    found = siteaddress.split(local, office.unions(), former)
    if found is None:
        return NOTHING
    if case.tag:
        return _answered(office, case)
    if case.mute or not case.author:
        return NOTHING
    grant = Editors(office.config).of_address(case.author, found.base)
    if case.web:
        return _let_in(office, case, found.base, grant)
    asked = mail.asked(case.message)
    if grant is None:
        return _stranger(office, case, found.base, asked.lang)
    desk = Editing(office, case, found.base, grant, asked.lang)
    act = {"news": desk.news, "edit": desk.edit, "list": desk.pages}.get(asked.name)
    return act(asked.rest) if act else desk.help()


def _let_in(office: Office, case: Case, union: str, grant: Grant | None) -> Plan:
    """The page `/edit/<union>/` was asked for a link: it goes to an editor, and nobody else gets
    any mail."""
    if grant is None or not siteedits.exists(office.config, union):
        return NOTHING
    to, config = Editors(office.config).address(grant), office.config
    lang = office.language_of(to, "", grant.lang)
    if case.message.subject == NAMED:
        by = case.message.text.strip()
        told = letters.named(office, union, to, lang, by, kind=f"named:{union}")
        return Plan(letters=(told,), subject="Tell an editor of a new site")
    link = f"{config.url}/edit/{union}/enter/{editlinks.link(config, grant, union)}"
    letter = letters.link(office, union, to, lang, link, kind=f"edit:{union}:{case.cause}")
    return Plan(letters=(letter,), subject="Send an editor a link")


def _stranger(office: Office, case: Case, union: str, lang: str) -> Plan:
    """Somebody who may not edit: told so when it is certain who it is."""
    if not case.proven:
        return NOTHING
    lang = office.language(case, "" if lang == "en" else lang)
    return Plan(letters=(letters.stranger(office, union, case.author, lang),))


def _answered(office: Office, case: Case) -> Plan:
    """An answer that brings a token back. The token proves whose it is, the grant that it holds."""
    plain = token.normalise(case.tag) or ""
    digest = token.digest(plain)
    facts = office.roster().tokens.known(digest)
    if facts is None or facts.action != ACTION:
        return NOTHING
    union = formernames.current(
        office.config.private, office.config.unions, str(facts.data.get("union", ""))
    )
    grant = Editors(office.config).of_address(facts.address, union)
    if grant is None or not siteedits.exists(office.config, union):
        lang = office.language_of(facts.address, "")
        return Plan(letters=(letters.stranger(office, union, facts.address, lang),))
    proven = case.as_proven(by_token(facts))
    return Editing(office, proven, union, grant, "").back(facts, digest, plain)


@dataclass(frozen=True, slots=True)
class _Picture:
    """An attached picture made anew, where it shall lie, and what is to be seen on it."""

    path: str
    octets: bytes
    alt: str

    @property
    def markdown(self) -> str:
        """The picture in a text."""
        alt = self.alt.replace("[", "(").replace("]", ")")
        return f"\n![{alt}]({self.path})\n"


def _coded(pictures: Sequence[_Picture]) -> tuple[tuple[str, str], ...]:
    return sitedrafts.coded([(picture.path, picture.octets) for picture in pictures])


class Editing(Editor):
    """What one mail of an editor does."""

    # -- requests -------------------------------------------------------------------------------

    def news(self, title: str) -> Plan:
        """A draft, its text and its token."""
        if not title:
            return self.help()
        found = mail.written(self.case.message.text, len(self._attached()))
        lang = found.lang if self._speaks(found.lang) else self.look.lang
        day = clock.now().date()
        folder, name = f"news/{day.year}", siteedit.slug(title, f"news-{day.isoformat()}")
        path = siteedit.free(folder, name, lang, self.look.files)
        pictures, broken = self._pictures(name, found.alts)
        head: dict[str, str | dict[str, str]] = {
            "title": title,
            "date": day.isoformat(),
            "summary": found.summary,
        }
        if pictures:
            head["image"] = {"file": pictures[0].path, "alt": pictures[0].alt}
        more = "".join(picture.markdown for picture in pictures[1:])
        text = siteedit.compose(head, f"\n{found.body}{more}")
        draft = Draft(self.union, path, text, pictures=_coded(pictures))
        missing = [picture.path for picture in pictures if not picture.alt]
        return self._offered(draft, letters.Offer(broken=broken, missing=missing))

    def edit(self, name: str) -> Plan:
        """The text of a page, or what a new one begins with."""
        path = siteedit.find(name, self.look.files, self.look.lang)
        if path:
            (blob,) = siteedits.read(self.config, self.union, [self.look.files[path]])
            text, base = siteedit.text_of(blob), str(self.look.files[path])
        else:
            kind, _, rest = name.partition(":")
            if kind not in siteedit.KINDS or not rest:
                return self.pages("")
            day = clock.now().date()
            path, base = siteedit.new_path(kind, rest, self.look.lang, day), ""
            if not sitefiles.place(path):
                return self.pages("")
            text = siteedit.first_text(kind, rest.partition(".")[0].replace("-", " "), day)
        return self._given_out(path, text, base, letters.Returned(is_new=not base))

    def pages(self, rest: str) -> Plan:
        """What there is to edit."""
        paths = [path for kind in ("pages", "news", "events") for path in self.look.texts(kind)]
        blobs = siteedits.read(self.config, self.union, [self.look.files[path] for path in paths])
        rows = [
            (siteedit.called(path), siteedit.title_of(blob))
            for path, blob in zip(paths, blobs, strict=True)
        ]
        return self._told(letters.pages(self, rows))

    def help(self) -> Plan:
        """What can be done."""
        return self._told(letters.help_(self))

    # -- answers --------------------------------------------------------------------------------

    def back(self, facts: TokenFacts, digest: str, plain: str) -> Plan:
        """The corrected text, or a word that publishes the draft."""
        self.kind = ""
        if self.office.roster().tokens.valid(digest, clock.now()) is None:
            return self._told(letters.spent(self))
        draft = self._draft(facts)
        if draft is None:
            return self._told(letters.spent(self))
        if tokens.refuses(self.case):
            sitedrafts.forget(self.config, self.union, str(facts.data.get("draft", "")))
            dropped = self._told(letters.dropped(self))
            return replace(dropped, events=(tokens.used(digest),), subject="Drop a draft")
        text = mail.returned(self.case.message, draft.text)
        own = mail.own_lines(self.case.message)
        is_news = not facts.data.get("edit")
        if text is None and not (is_news and (not own or mail.is_publish(own[0]))):
            offer = letters.Returned(is_unclear=True)
            return self._told(letters.text(self, draft.path, draft.text, plain, offer))
        if text is not None:
            draft = draft.with_text(text)
        draft, broken = self._with_pictures(draft)
        return self._saved(facts, digest, plain, draft, broken)

    def _saved(
        self, facts: TokenFacts, digest: str, plain: str, draft: Draft, broken: Sequence[str]
    ) -> Plan:
        draft = self._beside(draft) if draft.pictures else draft
        base = Oid(draft.base) if draft.base else None
        day = siteedit.parts(draft.text)[0].get("date", "").strip("\"'")
        path = siteedit.of_year(draft.path, day, self.look.files)
        edits = moving.moved(Edit(draft.path, draft.text.encode(), base), path)
        used = [file for file in draft.files() if file[0] in draft.text]
        edits += [Edit(name, octets) for name, octets in used]
        name = siteedits.author_name(self.grant, self.office.roster())
        subject = f"{'Edit' if base else 'Add'} {siteedit.called(draft.path)}"
        try:
            saved = siteedits.save(
                self.config,
                self.union,
                self.grant,
                edits,
                subject=subject,
                source="mail",
                name=name,
            )
        except Refused as refused:
            self._keep(facts, draft)
            offer = letters.Returned(faults=refused.faults, broken=broken)
            return self._told(letters.text(self, draft.path, draft.text, plain, offer))
        except (Changed, ConflictError):
            return self._changed(digest, draft)
        spent = (tokens.used(digest),)
        letter = letters.published(self, path, draft.text, saved.notes, broken)
        return Plan(events=spent, letters=(letter,), subject="Edit a site")

    def _changed(self, digest: str, draft: Draft) -> Plan:
        """Somebody was faster: the text as it is now goes out, and theirs with it."""
        look = siteedits.look(self.config, self.union)
        path = siteedit.now_at(draft.path, look.files)
        oid = look.files.get(path)
        now = siteedit.text_of(siteedits.read(self.config, self.union, [oid])[0]) if oid else ""
        offer = letters.Returned(theirs=draft.text)
        held = tuple(one for one in draft.pictures if one[0] not in look.files)
        plan = self._given_out(path, now or draft.text, str(oid or ""), offer, held)
        return plan + Plan(events=(tokens.used(digest),))

    def _beside(self, draft: Draft) -> Draft:
        """The draft with other names for pictures where somebody took theirs meanwhile."""
        pictures = [Edit(path, octets) for path, octets in draft.files()]
        edits = [*pictures, Edit(draft.path, draft.text.encode(), Oid(draft.base))]
        *made, text = picturenames.beside(self.config, self.union, edits)
        held = sitedrafts.coded([(one.path, one.data or b"") for one in made])
        return replace(draft, text=(text.data or b"").decode(), pictures=held)

    def _draft(self, facts: TokenFacts) -> Draft | None:
        name = str(facts.data.get("draft", ""))
        return sitedrafts.get(self.config, self.union, name) if name else None

    def _keep(self, facts: TokenFacts, draft: Draft) -> None:
        sitedrafts.put(self.config, str(facts.data["draft"]), draft, facts.address)

    # -- pictures -------------------------------------------------------------------------------

    def _pictures(
        self, name: str, written: Sequence[str], held: Sequence[tuple[str, str]] = ()
    ) -> tuple[list[_Picture], list[str]]:
        """The attached pictures made anew, with what is to be seen on them as the mail says, else
        as its parts do; and the names of those that are none. Those that are `held` keep theirs,
        and do not come a second time: programs put the logo of a signature into each answer."""
        made: list[_Picture] = []
        broken: list[str] = []
        told = _descriptions(self.case.message.raw)
        known = {coded for _, coded in held}
        for number, part in enumerate(self._attached()):
            octets = photo.remade(part.payload) if number < MOST_PICTURES else None
            if octets is None:
                broken.append(part.name)
                continue
            if sitedrafts.coded([("", octets)])[0][1] in known:
                continue
            alt = _nth(written, number) or _nth(told, number)
            taken = {*self.look.files, *(path for path, _ in held), *(one.path for one in made)}
            made.append(_Picture(siteedit.free_media(name, taken), octets, alt))
        return made, broken

    def _attached(self) -> list[Attachment]:
        attached = self.case.message.attachments
        return [part for part in attached if part.type.startswith("image/")]

    def _with_pictures(self, draft: Draft) -> tuple[Draft, list[str]]:
        """Pictures that came with an answer, at the end of its text; and the names of those that
        are none."""
        if draft.path == "site.yaml":
            return draft, []
        own = "\n".join(mail.own_lines(self.case.message))
        alts = mail.written(own, len(self._attached())).alts
        name = sitefiles.slug_of(draft.path)
        pictures, broken = self._pictures(name, alts, draft.pictures)
        more = "".join(picture.markdown for picture in pictures)
        held = (*draft.pictures, *_coded(pictures))
        return replace(draft, text=draft.text + more, pictures=held), broken

    # -- letters --------------------------------------------------------------------------------

    def _speaks(self, lang: str) -> bool:
        return bool(self.look.site and lang in self.look.site.languages)

    def _offered(self, draft: Draft, offer: letters.Offer) -> Plan:
        text, name = self._token(draft, is_edit=False)
        letter = letters.draft(self, draft, text, offer)
        return self._with_token(letter, text, name, is_edit=False)

    def _given_out(
        self,
        path: str,
        text: str,
        base: str,
        offer: letters.Returned,
        held: tuple[tuple[str, str], ...] = (),
    ) -> Plan:
        plain, name = self._token(Draft(self.union, path, text, base, held), is_edit=True)
        letter = letters.text(self, path, text, plain, offer)
        return self._with_token(letter, plain, name, is_edit=True)

    def _token(self, draft: Draft, *, is_edit: bool) -> tuple[str, str]:
        name = pending.identifier(self.case.cause)
        sitedrafts.put(self.config, name, draft, self.case.author)
        return token.fresh(), name

    def _with_token(self, letter: Letter, plain: str, name: str, *, is_edit: bool) -> Plan:
        data = {"union": self.union, "draft": name} | ({"edit": True} if is_edit else {})
        event = tokens.given(plain, ACTION, "", self.to, days=MODERATE, data=data)
        return Plan(events=(event,), letters=(letter,), subject="Show an editor a text")

    def _told(self, letter: Letter) -> Plan:
        return Plan(letters=(letter,))


def _nth(rows: Sequence[str], number: int) -> str:
    return rows[number] if number < len(rows) else ""


def _descriptions(raw: bytes) -> list[str]:
    """The Content-Description (RFC 2045 8) of each picture, in the mail's order."""
    root, _ = structure.tree(raw, split(raw))
    found: list[str] = []
    waiting = [root]
    while waiting:
        part = waiting.pop(0)
        waiting = [*part.parts, *waiting]
        if part.type.startswith("image/"):
            told = part.fields.get("content-description", "")
            found.append(" ".join(decoded(told).split())[:300])
    return found
