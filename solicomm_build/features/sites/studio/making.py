"""`/edit/new`: a new site, by who looks after the hub, with a look that is chosen by looking.

For the operator of hub.yaml and hosts of the whole hub (role `host` at `*`) who are signed in; to
everybody else the address is like any where nothing is. The texts are those of the starter in the
site's language, to be replaced. Who makes a site may edit it, and so may the addresses named in the
form: each gets a grant (people/access.py) without a token, and a letter that says so and where to
come in: by signing in, or by a link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from solicomm_build.features.sites.editing import editingform as forms
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingpages import area, choice, line
from solicomm_build.features.sites.editing.editingsession import Sessions, Visitor, spoken
from solicomm_build.features.sites.editing.entering import foreign, nothing
from solicomm_build.features.sites.editing.siteediting import NAMED
from solicomm_build.features.sites.siteaddress import PREFIX
from solicomm_build.features.sites.studio import settingsform
from solicomm_build.features.sites.values import siteedit, siteyaml
from solicomm_build.features.sites.values.site import FILE, PRESETS, decode_site
from solicomm_build.foundation import colour, i18n
from solicomm_build.foundation.bell import of_builder
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import SLUG, Mailbox
from solicomm_build.gate import starting
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import access
from solicomm_build.people.gittoken import PERSON
from solicomm_build.people.operators import staff
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.deskpost import DeskPost
from solicomm_build.web.plainpage import wanted_language
from solicomm_build.web.posted import is_own

PLACE = "/edit/new"
_ACCENT = "#1b4f72"
_EDITORS = 20


class Making:
    """Makes the sites of one hub."""

    def __init__(self, config: Config, sessions: Sessions, readers: Readers) -> None:
        self._config, self._sessions, self._readers = config, sessions, readers
        self._post = DeskPost(config)

    def close(self) -> None:
        """Lets go of the spool."""
        self._post.close()

    async def answer(self, request: Request) -> Response:
        """The form; POST makes the site."""
        visitor = await asyncio.to_thread(self._sessions.visitor, request)
        if visitor is None or not await asyncio.to_thread(self.may, visitor):
            return nothing(wanted_language(request))
        lang = spoken(visitor.lang, request)
        if request.method != "POST":
            return self._form(lang, visitor, {})
        sent = await forms.sent(request)
        if not is_own(request) or not visitor.is_marked(sent.get("mark")):
            return foreign(lang)
        answer, name, editors = await asyncio.to_thread(self._made, lang, visitor, sent.fields)
        sent_to = [
            await self._post.put(
                f"{PREFIX}-{name}", Mailbox("", address), lang, visitor.address, subject=NAMED
            )
            for address in editors
        ]
        if sent_to:
            await self._post.is_done(sent_to[-1])
        return answer

    def may(self, visitor: Visitor) -> bool:
        """Whether somebody may make sites. Blocking."""
        return may_make(self._config, self._readers, visitor.address, visitor.number)

    def _made(
        self, lang: str, visitor: Visitor, sent: Mapping[str, str]
    ) -> tuple[Response, str, list[str]]:
        """The answer, the site, and who was named to edit it."""
        title = " ".join(sent.get("title", "").split())
        name = sent.get("name", "").strip().lower() or siteedit.slug(title, "")[:28].strip("-")
        wrong: dict[str, str] = {}
        if not title:
            wrong["title"] = gettext(lang, "Please say what the union is called.")
        if not SLUG.fullmatch(name):
            wrong["name"] = gettext(
                lang, "Use up to 28 small letters a to z, digits and -, such as dockers."
            )
        elif starting.has_begun(self._config.union_repo(name)):
            wrong["name"] = gettext(lang, "There is a site of this name already.")
        editors = sent.get("editors", "").replace(",", " ").split()[:_EDITORS]
        named = [visitor.address, *editors]
        odd = [one for one in named if not is_valid(one) or not PERSON.fullmatch(one)]
        if odd:
            wrong["editors"] = gettext(
                lang, "%(address)s is no e-mail address.", address=odd[0][:100]
            )
        if wrong:
            return self._form(lang, visitor, sent, wrong), "", []
        try:
            self._begin(name, title, sent)
        except SoliCommError as error:
            field = "accent" if "accent" in error.public else "title"
            return self._form(lang, visitor, sent, {field: error.public}), "", []
        for address in dict.fromkeys(named):
            access.issue(self._config, address, [f"unions/{name}"])
        of_builder(self._config.state).ring()
        place = f"/edit/{name}/?made=1"
        told = [one for one in dict.fromkeys(editors) if key(one) != key(visitor.address)]
        return RedirectResponse(place, 303, {"cache-control": "no-store"}), name, told

    def _begin(self, name: str, title: str, sent: Mapping[str, str]) -> None:
        """The repository with the starter in this look. Raises SoliCommError."""
        tongue, preset = sent.get("lang", ""), sent.get("preset", "")
        tongue = tongue if tongue in i18n.LANGUAGES else self._config.languages[0]
        made = starting.starter("union", name, title, tongue, self._config)
        theme = {
            "preset": preset if preset in PRESETS else "banner",
            "accent": sent.get("accent", _ACCENT).lower(),
            "dark": "auto",
        }
        text = siteyaml.changed(made[FILE].decode("utf-8"), {"theme": dict(theme)})
        decode_site(text.encode(), FILE, union=name)
        made[FILE] = text.encode()
        starting.begin(self._config, self._config.union_repo(name), made, f"Site of {name}")

    def _form(
        self,
        lang: str,
        visitor: Visitor,
        sent: Mapping[str, str],
        wrong: Mapping[str, str] | None = None,
    ) -> Response:
        faults = wrong or {}

        def label(text: str, name: str) -> str:
            fault = faults.get(name)
            more = f'<br><strong class="wrong">{escape(fault)}</strong>' if fault else ""
            return escape(text) + more

        tongues = {one: escape(i18n.language_name(one, lang)) for one in i18n.LANGUAGES}
        tongue = sent.get("lang") or self._config.languages[0]
        accent = sent.get("accent", _ACCENT)
        accent = accent if colour.COLOUR.fullmatch(accent) else _ACCENT
        name = gettext(lang, "Its name in the address, as dockers; empty: made of the name above")
        who = gettext(
            lang, "E-mail addresses of who shall edit it, besides you; one a line, or none"
        )
        calm = gettext(
            lang,
            "The site begins with sample texts in its language. Replace them one after the other. "
            "The others get a mail that says where to edit it.",
        )
        rows = (
            line(
                label(gettext(lang, "Name of the union"), "title"),
                "title",
                sent.get("title", ""),
                needed=True,
            )
            + line(label(name, "name"), "name", sent.get("name", ""))
            + choice(
                label(gettext(lang, "First language"), "lang"),
                "lang",
                tuple(tongues),
                tongue,
                tongues,
            )
            + settingsform.presets(
                lang, sent.get("preset", "banner"), accent, settingsform.preset_names(lang)
            )
            + line(label(gettext(lang, "Your colour"), "accent"), "accent", accent, type_="color")
            + area(label(who, "editors"), "editors", sent.get("editors", ""), 3)
        )
        make = escape(gettext(lang, "Make the site"))
        inside = (
            f'<form method="post" action="{PLACE}">{pages.marked(visitor.mark)}{rows}'
            f"<p>{escape(calm)}</p><p><button>{make}</button></p></form>"
        )
        return pages.page(lang, gettext(lang, "Make a site"), inside, 422 if faults else 200)


def may_make(config: Config, readers: Readers, address: str, number: int) -> bool:
    """Whether a member who is signed in may make sites: the operator, and hosts of the whole hub.
    Blocking."""
    return bool(address) and staff.looks_after(config, address, readers.own(number).roles)
