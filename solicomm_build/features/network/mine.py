"""The page *Network* in My hub: the hubs that this one knows, and the few things that are decided
about them.

For hosts of the whole hub and the operator of hub.yaml, as the page *Look*; to everybody else the
address is like any where nothing is. It does what `solicomm peer` does (adding.py), at once: whom
the hub trusts is a setting of the hub and no member's own affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from html import escape

from solicomm_build.features.network import standing
from solicomm_build.features.network.sealed import onpage
from solicomm_build.features.network.sharing import choosing
from solicomm_build.features.network.sharing import offered as offering
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import adding, copies
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.people.operators import staff
from solicomm_build.web.mine import forms
from solicomm_build.web.mine.section import DONE, HOME, NOTHING, Change, Section, Visit


class NetworkSection(Section):
    """The hub's network."""

    name, rank = "network", 82

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Network of hubs")

    def short(self, visit: Visit) -> str:
        """How many hubs are known, and whether something is wrong."""
        if not self._may(visit):
            return ""
        count, lang = len(peering.read(self.config).peers), visit.lang
        if not count:
            return forms.text(gettext(lang, "Share conferences with hubs of other unions."))
        said = ngettext(
            lang,
            "%(num)s hub is known.",
            "%(num)s hubs are known.",
            count,
            num=i18n.format_number(lang, count),
        )
        wrong = sum(_is_wrong(one[1]) for one in self._known(peering.read(self.config)))
        more = gettext(lang, "Something is wrong with one or more of them.") if wrong else ""
        return forms.text(" ".join(filter(None, (said, more))))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The hubs, those with a fault first, and the form for one more."""
        if rest or not self._may(visit):
            return None
        try:
            known = peering.read(self.config)
            rows = [self._hub(visit, known, *one) for one in self._known(known)]
            own = self._own(visit, known)
        except SoliCommError as error:
            return self.title(visit), f'<p role="alert">{escape(error.public)}</p>'
        return self.title(visit), "".join(rows) + self._form(visit) + own

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Does what a button says."""
        if rest or not self._may(visit):
            return None
        do, hub, repo = sent.get("do", ""), sent.get("hub", ""), sent.get("repo", "")
        try:
            if do == "look":
                return self._shown(visit, sent.get("card", "").strip())
            if do == "add":
                return self._added(visit, sent)
            known = peering.read(self.config)
            if hub not in known.peers:
                return NOTHING
            if do == "follow":
                if copies.is_copied(repo):
                    choosing.follow(self.config, hub, repo)
                    return DONE
                mode = sent.get("mode", "")
                if mode not in peering.MODES:
                    return NOTHING
                adding.follow(self.config, hub, repo, mode)
            elif do == "unfollow" and f"{repo}@{hub}" in known.copies:
                choosing.unfollow(self.config, repo, hub)
            elif do == "unfollow" and repo in known.follows:
                adding.unfollow(self.config, repo)
            elif do == "quota":
                adding.quota(self.config, hub, _number(visit.lang, sent.get("quota", "")))
            elif do in ("vouch", "unvouch"):
                adding.vouch(self.config, hub, is_vouched=do == "vouch")
            else:
                post, peer = partial(self._post, visit), known.peers[hub]
                return onpage.change(self.config, visit.lang, post, peer, sent) or NOTHING
        except SoliCommError as error:
            return Change(wrong=error.public)
        return DONE

    def _may(self, visit: Visit) -> bool:
        return staff.looks_after(self.config, visit.address, visit.own.roles)

    def _known(self, known: Peers) -> list[tuple[Peer, Standing, Card | None]]:
        found = [
            (one, standing.read(self.config, one.id), peering.card_of(self.config, one))
            for one in known.peers.values()
        ]
        return sorted(found, key=lambda one: (not _is_wrong(one[1]), one[0].id))

    def _hub(
        self, visit: Visit, known: Peers, peer: Peer, stand: Standing, card: Card | None
    ) -> str:
        """One hub: how it stands with us, and what may be done about it."""
        name = escape(card.name if card else peer.id)
        said = "".join(_said(visit.lang, peer, stand))
        offered = "".join(self._offers(visit, known, peer, card))
        lang = visit.lang
        offered += onpage.shown(self.config, lang, known, peer, partial(self._post, visit))
        quota = forms.line(
            "quota",
            gettext(lang, "Posts that it may bring a day into each conference"),
            str(peer.quota),
            type_="number",
            more='min="0" max="10000000" required',
        )
        vouch = (gettext(lang, "Vouch for this hub"), "vouch")
        if peer.is_vouched:
            vouch = (gettext(lang, "Vouch for it no more"), "unvouch")
        more = self._post(
            visit, quota + forms.button(gettext(lang, "Save"), "quota"), hub=peer.id
        ) + self._post(visit, forms.button(*vouch, is_quiet=True), hub=peer.id)
        folded = forms.folded(gettext(lang, "More about this hub"), more)
        return f"<section><h2><bdi>{name}</bdi></h2>{said}{offered}{folded}</section>"

    def _offers(self, visit: Visit, known: Peers, peer: Peer, card: Card | None) -> Iterator[str]:
        lang = visit.lang
        modes = {
            "full": gettext(lang, "What our people write is posted here at once"),
            "mirror": gettext(lang, "Mail to it is passed on to its home"),
        }
        homes = {repo for repo, home in (card.offers if card else {}).items() if home == peer.id}
        homes |= {one.repo for one in known.follows.values() if one.home == peer.id}
        homes |= {one.repo for one in known.copies.values() if one.home == peer.id}
        for repo in sorted(homes):
            kind = self._kinds(lang).get(repo.partition("/")[0], "")
            kind = f" · {escape(kind)}" if kind else ""
            name = f"<p><strong><bdi>{escape(repo.partition('/')[2])}</bdi></strong>{kind}</p>"
            if repo in known.follows or f"{repo}@{peer.id}" in known.copies:
                words = gettext(lang, "Unfollow")
                inside = forms.button(words, "unfollow", is_quiet=True)
            elif copies.is_copied(repo):
                words = gettext(lang, "Keep a copy to read")
                inside = forms.button(words, "follow", is_quiet=True)  # there may be many
            else:
                label, words = gettext(lang, "How mail to it is taken"), gettext(lang, "Follow")
                inside = forms.switch("mode", label, modes, "full", words, "follow")
            row = name + self._post(visit, inside, hub=peer.id, repo=repo)
            yield f"<article>{row}</article>"

    def _kinds(self, lang: str) -> dict[str, str]:
        """What that is which is offered beside conferences."""
        return {"libraries": gettext(lang, "Library"), "unions": gettext(lang, "Site of a union")}

    def _form(self, visit: Visit) -> str:
        lang = visit.lang
        label = gettext(lang, "Its address, such as https://hub.example, or its card")
        inside = forms.area("card", label, more='required dir="ltr" maxlength="70000"')
        inside += forms.button(gettext(lang, "Look at it"), "look")
        head = escape(gettext(lang, "Add a hub"))
        return f"<section><h2>{head}</h2>{self._post(visit, inside)}</section>"

    def _own(self, visit: Visit, known: Peers) -> str:
        """What other operators need of this hub."""
        lang, identity = visit.lang, identities.of(self.config)
        offered = offering.names(self.config, identity, known)
        card = cards.own(self.config, identity, offered, known.vouched).decode("utf-8")
        said = gettext(lang, "Read these words to the operator who adds this hub:")
        words = (
            f'<p>{escape(said)} <strong dir="ltr">{identities.words(identity.public)}</strong></p>'
        )
        shown = f'<pre dir="ltr" tabindex="0">{escape(card)}</pre>'
        head = escape(gettext(lang, "This hub"))
        folded = forms.folded(gettext(lang, "Its card, for hubs that cannot fetch it"), shown)
        return f'<section><h2>{head}</h2><p dir="ltr">{identity.id}</p>{words}{folded}</section>'

    def _shown(self, visit: Visit, source: str) -> Change:
        """The card that an address or a pasted text has, to be compared before it counts."""
        lang, card = visit.lang, _card(visit.lang, source)
        url = source if source.startswith("https://") else ""
        ask = gettext(lang, "Call the operator of this hub. Do they read you the same six words?")
        tick = gettext(lang, "Its operator read me the same words")
        add = forms.button(gettext(lang, "Add this hub"), "add")
        inside = (
            f'<p><label><input type="checkbox" name="same" value="1" required> {escape(tick)}'
            f"</label></p>{add}"
        )
        hidden = {"card": card[0].decode("utf-8"), "source": url}
        return Change(
            shown=f"<h2><bdi>{escape(card[1].name)}</bdi></h2>"
            f'<p dir="ltr">{card[1].id} · {escape(card[1].url)}</p><p>{escape(ask)}</p>'
            f'<p dir="ltr"><strong>{adding.words(card[1])}</strong></p>'
            f"{self._post(visit, inside, **hidden)}"
        )

    def _added(self, visit: Visit, sent: Mapping[str, str]) -> Change:
        if sent.get("same") != "1":
            said = gettext(visit.lang, "Compare the six words first. Nothing was added.")
            return Change(wrong=said)
        text, source = sent.get("card", ""), sent.get("source", "")
        if text.startswith("https://"):
            return NOTHING  # only a card that was looked at may be added
        blob, card = _card(visit.lang, text)
        adding.add(self.config, blob, card, source if source.startswith("https://") else "card")
        return DONE

    def _post(self, visit: Visit, inside: str, **hidden: str) -> str:
        return forms.form(visit.session, f"{HOME}{self.name}/", inside, **hidden)


def _card(lang: str, source: str) -> tuple[bytes, Card]:
    """The card in a text, or at an address; one answer for every address that has none, so that the
    page is no way to look into our own network. Raises UsageError."""
    try:
        if source.startswith("https://"):
            return adding.card_at(source)
        blob = (source.replace("\r\n", "\n").strip("\n") + "\n").encode("utf-8")
        return blob, cards.read(blob)
    except SoliCommError as error:
        raise UsageError(
            gettext(
                lang,
                "There is no card of a hub. Give an address that begins with https://, or paste "
                "the whole card.",
            )
        ) from error


def _number(lang: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 10_000_000 and len(text) < 9):
        raise UsageError(gettext(lang, "Give a number between 0 and 10,000,000."))
    return int(text)


def _is_wrong(stand: Standing) -> bool:
    return bool(stand.fault or stand.waiting)


def _said(lang: str, peer: Peer, stand: Standing) -> Iterator[str]:
    """How we stand with a hub, what is wrong first."""
    if stand.fault:
        wrong = escape(gettext(lang, "Something is wrong:"))
        fault = f'<bdi lang="en">{escape(stand.fault)}</bdi>'
        yield f'<p role="status"><strong>{wrong}</strong> {fault}</p>'
    for name, count in sorted(stand.waiting.items()):
        said = ngettext(
            lang,
            "%(num)s post for %(name)s is over its quota and waits for tomorrow.",
            "%(num)s posts for %(name)s are over its quota and wait for tomorrow.",
            count,
            num=i18n.format_number(lang, count),
            name=name,
        )
        yield forms.text(said)
    met = gettext(lang, "Not met yet.")
    if stand.met:
        when = i18n.format_datetime(lang, datetime.fromisoformat(stand.met))
        met = gettext(lang, "Met last: %(when)s", when=when)
    yield f'<p class="meta"><span dir="ltr">{peer.id}</span> · {escape(met)}</p>'
