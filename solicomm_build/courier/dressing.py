"""The copy of a post that the members of a list get, from its message: all that they share.

In this order: fields of the list (message/listcopy.py), large files out where the list says so,
files without traces, answers to the conversation, a footer where it may stand, From as receivers
will take it, the beginning of an ARC set. Nothing that is added may break a signature that is
needed: the copy is made without it then. Asks the DNS.

The rules: docs/mail-rules.md#copies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from solicomm_build.courier import detaching
from solicomm_build.courier.traces import without_traces
from solicomm_build.foundation.hub.dns import Resolver
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message import footer, listcopy, munge
from solicomm_build.message.auth import arc, coverage, dkim, dmarc
from solicomm_build.message.listcopy import ListFacts, Personal
from solicomm_build.message.transform import line_end
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post

_SAMPLE = "a" * 26  # a token's place in the copy that the author's signature is tried on


@dataclass(frozen=True, slots=True)
class Posted:
    """A post as it goes out: `tid` is None when it is on no page, `kept` what the archive has of
    it, `siblings` are the other lists here that it went to."""

    mid: PostId
    tid: TopicId | None
    kept: Post | None = None
    siblings: tuple[str, ...] = ()


def copy_of(
    raw: bytes,
    settings: Conference,
    facts: ListFacts,
    post: Posted,
    resolver: Resolver | None,
    *,
    seals: bool = False,
) -> bytes:
    """The copy, before anything personal. `seals` says whether an ARC set is begun. Raises
    MessageError when the message cannot be read. Blocking."""
    if facts.reply_to == "conversation":
        copy = _made(raw, settings, replace(facts, reply_to="author"), post)
        lines = b"".join(listcopy.reply_fields(raw, facts, post.tid))
        answered = lines.replace(b"\r\n", line_end(copy)) + copy
        if lines and not _needed(raw, copy, answered, facts, resolver):
            copy = answered
    else:
        copy = _made(raw, settings, facts, post)
    if settings.footer:
        below = footer.with_footer(copy, _footer(settings, facts, post), seed=post.mid)
        if not _broken(raw, copy, below, facts):
            copy = below
    copy = _mitigated(raw, copy, facts, settings, resolver)
    if seals and resolver is not None:
        copy = _begun_arc(raw, facts.domain, resolver) + copy
    return copy


def _made(raw: bytes, settings: Conference, facts: ListFacts, post: Posted) -> bytes:
    kept = post.kept
    own = kept.message_id if kept is not None else None
    copy = listcopy.list_copy(
        raw, facts, mid=post.mid, tid=post.tid, siblings=post.siblings, message_id=own
    )
    if kept is not None and post.tid is not None:
        place = detaching.Place(facts, settings.languages[0], post.tid, post.mid)
        if settings.detach:
            copy = detaching.lightened(copy, kept.attachments, place)
        if settings.attachments.sound == "links":
            copy = detaching.silent(copy, kept.attachments, place)
    return without_traces(copy, settings)


def _broken(raw: bytes, before: bytes, after: bytes, facts: ListFacts) -> set[str]:
    """Whose signatures a change of the copy would end that had come as far; not the hub's own,
    which is made anew."""
    standing = {domain for domain, holds in coverage.intact(raw, before) if holds}
    return {
        domain
        for domain, holds in coverage.intact(raw, after)
        if not holds and domain in standing and domain != facts.domain
    }


def _needed(
    raw: bytes, before: bytes, after: bytes, facts: ListFacts, resolver: Resolver | None
) -> bool:
    """Whether a change ends a signature that DMARC of the author's domain rests on."""
    if resolver is None or not (gone := _broken(raw, before, after, facts)):
        return False
    domain = munge.author_domain(before)
    policy = dmarc.policy(domain, resolver.txt)
    if not policy.enforces:
        return False
    strict = policy.strict_dkim
    return any(dmarc.aligned(domain, one, resolver.txt, strict=strict) for one in gone)


def _footer(settings: Conference, facts: ListFacts, post: Posted) -> str:
    """Who the list is, how to answer all, the page, how to leave."""
    lang = settings.languages[0]
    rows = [facts.title]
    if facts.posting:
        address = listcopy.answers_to(facts, post.tid)
        rows.append(gettext(lang, "Answer everybody: %(address)s", address=address))
    if facts.archived and post.tid is not None:
        link = f"{facts.url}/conferences/{facts.list_id}/t/{post.tid}/#{post.mid}"
        rows.append(gettext(lang, "On the web: %(link)s", link=link))
    leave = f"{facts.list_id}-leave@{facts.domain}"
    rows.append(gettext(lang, "To leave, write to: %(address)s", address=leave))
    return "\n".join(rows)


def _mitigated(
    raw: bytes, copy: bytes, facts: ListFacts, settings: Conference, resolver: Resolver | None
) -> bytes:
    """The copy as receivers will take it: From is the list's where the author's domain demands it.

    Decided once a post, on the octets as they go out, a member's links on top. Asks the DNS.
    """
    how = munge.Munging(
        list_address=facts.address,
        list_title=facts.title,
        setting=settings.dmarc,
        replies=facts.reply_to,
        via=gettext(settings.languages[0], "{name} via {list}"),
        own_domains=(facts.domain,),
        of_page=munge.is_of_page(raw),
    )
    txt, keys = (resolver.txt, resolver.key) if resolver is not None else (None, None)
    if how.setting == "wrap":  # the message inside has no links
        return munge.mitigated(raw, copy, how, txt, keys)
    links = b"".join(Personal(facts).fields(_SAMPLE))
    if not copy.partition(b"\n")[0].endswith(b"\r"):
        links = links.replace(b"\r\n", b"\n")
    return munge.mitigated(raw, links + copy, how, txt, keys).removeprefix(links)


def _begun_arc(raw: bytes, domain: str, resolver: Resolver) -> bytes:
    """The field that begins an ARC set, which each copy completes (making/tops.py): what the DNS
    says about the message as it came."""
    results = arc.results_of(dkim.verify(raw, resolver.key))
    return arc.authentication_field(raw, domain, resolver.key, results=results)
