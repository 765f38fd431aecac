"""Conferences for members on the page *Network* of My hub: offered to a known hub, and no more.

What `solicomm peer offer` and `unoffer` do. An offer is asked about once more before it counts,
since what members wrote cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying.knocking import wake
from solicomm_build.features.network.sealed import closed, offering, tokens
from solicomm_build.features.network.sealed.closed import sharedwith_at
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import CONFERENCES
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.post import conference as conferences
from solicomm_build.web.mine import forms
from solicomm_build.web.mine.section import DONE, NOTHING, Change

Post = Callable[..., str]
"""A form of the page around what is in it, with hidden fields."""


def shown(config: Config, lang: str, known: Peers, peer: Peer, post: Post) -> str:
    """What a hub has of conferences for members, what else it may be offered, and what it offers
    us. Nothing where there is nothing."""
    ours = [*_ours(config, known)]
    kind = escape(gettext(lang, "For members"))
    rows = ""
    for name, title, hubs in ours:
        if peer.id in hubs:
            words = gettext(lang, "Offer it no more; what that hub has, it keeps")
            inside = forms.button(words, "unoffer", is_quiet=True)
            rows += _named(title, kind) + post(inside, hub=peer.id, repo=name)
    for name in _theirs(config, known, peer):
        inside = forms.button(gettext(lang, "Follow"), "follow")
        rows += _named(name.partition("/")[2], kind)
        rows += post(inside, hub=peer.id, repo=name, mode="full")
    free = {name: title for name, title, hubs in ours if peer.id not in hubs}
    if free:
        label = gettext(lang, "Let this hub have a conference for members, too")
        pick = forms.select("repo", label, free, next(iter(free)))
        inside = pick + forms.button(gettext(lang, "Go on"), "offer", is_quiet=True)
        rows += forms.folded(label, post(inside, hub=peer.id))
    return rows


def change(
    config: Config, lang: str, post: Post, peer: Peer, sent: Mapping[str, str]
) -> Change | None:
    """Does what a button says; None for one that is not of here. Raises SoliCommError."""
    do, repo = sent.get("do", ""), sent.get("repo", "")
    if do == "offer":
        return _asked(config, lang, post, peer, repo)
    if do == "offer-now":
        if sent.get("agreed") != "1":
            said = gettext(lang, "Ask the members of the conference first. Nothing was offered.")
            return Change(wrong=said)
        offering.offer(config, repo, peer.id)
    elif do == "unoffer":
        if peer.id not in _shared_with(config, repo):
            return NOTHING
        offering.unoffer(config, repo, peer.id)
    else:
        return None
    tokens.tidy(config)
    wake(config)
    return DONE


def _asked(config: Config, lang: str, post: Post, peer: Peer, repo: str) -> Change:
    """What an offer means, to be looked at before it counts."""
    _, settings = offering.checked(config, repo, peer.id)
    card = peering.card_of(config, peer)
    title, name = settings.title_in(lang), card.name if card else peer.id
    said = gettext(
        lang,
        "All that members of “%(title)s” wrote and will write goes to the operator of %(hub)s, "
        "and cannot be taken back. Who is a member is not told. The page of the conference names "
        "that hub.",
        title=title,
        hub=name,
    )
    tick = gettext(lang, "The members of the conference know that, and agree")
    button = forms.button(gettext(lang, "Offer it"), "offer-now")
    inside = (
        f'<p><label><input type="checkbox" name="agreed" value="1" required> {escape(tick)}'
        f"</label></p>{button}"
    )
    made = post(inside, hub=peer.id, repo=repo)
    return Change(shown=f"<h2><bdi>{escape(title)}</bdi></h2>{forms.text(said)}{made}")


def _ours(config: Config, known: Peers) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The conferences of this hub that may be offered to single hubs: name, title, who has it."""
    for path in sorted(config.conferences.glob("*.git")):
        name = f"{CONFERENCES}/{path.stem}"
        try:
            repo = open_repo(path)
            with Reader(repo) as reader:
                settings = conferences.decode(reader.at(MAIN, conferences.FILE) or b"")
            if name not in known.follows and not settings.home and not closed.why_not(settings):
                title = settings.title_in(settings.languages[0])
                yield name, title, sharedwith_at(repo, repo.ref()).hubs
        except SoliCommError:
            continue  # `solicomm check` names it


def _theirs(config: Config, known: Peers, peer: Peer) -> list[str]:
    """Conferences for members of which that hub is the home, and which it offers to us."""
    offered = standing.read(config, peer.id).offered
    return sorted(name for name, own in offered.items() if own and name not in known.follows)


def _shared_with(config: Config, repo: str) -> tuple[str, ...]:
    known = peering.read(config)
    return next((hubs for name, _, hubs in _ours(config, known) if name == repo), ())


def _named(title: str, kind: str) -> str:
    return f"<p><strong><bdi>{escape(title)}</bdi></strong> · {kind}</p>"
