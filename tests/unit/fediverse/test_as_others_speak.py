"""What Mastodon and Lemmy say, in the shapes of their documentation: contexts, recipients, linked
data signatures and tombstones that we do not need and must not stumble over.

docs.joinmastodon.org/spec/activitypub and /spec/security; join-lemmy.org/docs (federation).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.fediverse.conftest import Hub
from tests.unit.fediverse.peer import LEMMY, MASTODON

GROUP = "http://hub.example/ap/c/bar"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
TERMS: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    {"toot": "http://joinmastodon.org/ns#", "Emoji": "toot:Emoji", "sensitive": "as:sensitive"},
]
"""A context with terms of a program's own."""
LINKED = {
    "type": "RsaSignature2017",
    "creator": "https://social.example/users/ana#main-key",
    "created": "2026-11-20T08:00:00Z",
    "signatureValue": "c2lnbmVkIGVsc2V3aGVyZQ==",
}
"""A signature within, which Mastodon adds so that others can hand an activity on."""
ACCEPTS = (
    "application/activity+json, application/ld+json",
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    "application/activity+json",
)
"""How Mastodon, others and Lemmy ask for documents."""


def _mastodon(actor: str, kind: str, about: object) -> dict[str, Any]:
    name = f"{actor.rpartition('/users/')[0]}/7a1c-{kind.lower()}"
    return {"@context": TERMS, "id": name, "type": kind, "actor": actor, "object": about}


def _lemmy(actor: str, kind: str, about: object) -> dict[str, Any]:
    name = f"{actor.rpartition('/users/')[0]}/activities/{kind.lower()}/9b2d"
    return {
        "@context": ["https://join-lemmy.org/context.json", *TERMS[:1]],
        "id": name,
        "type": kind,
        "actor": actor,
        "to": [GROUP],
        "object": about,
    }


SPEAKERS = {
    "mastodon": (_mastodon, {"names": MASTODON, "algorithm": "rsa-sha256"}),
    "lemmy": (_lemmy, {"names": LEMMY, "algorithm": "hs2019"}),
}


@pytest.mark.parametrize("program", SPEAKERS)
def test_a_follow_is_accepted_with_itself_within_and_undone(hub: Hub, program: str) -> None:
    says, how = SPEAKERS[program]
    actor = hub.peer.actor(f"{program}-ana")
    follow = says(actor, "Follow", GROUP)
    assert hub.say(actor, follow, **how)[0] == 202
    assert hub.ties.follows(actor, "bar")
    (answer,) = hub.ties.due(hub.peer.host, 5)
    told = json.loads(answer.body)
    assert (told["type"], told["actor"], told["object"]["id"]) == ("Accept", GROUP, follow["id"])
    assert told["object"]["actor"] == actor
    inner = {key: value for key, value in follow.items() if key != "@context"}
    assert hub.say(actor, says(actor, "Undo", inner), **how)[0] == 202
    assert not hub.ties.follows(actor, "bar")
    hub.ties.give_up(hub.peer.host)


def test_what_they_say_of_their_own_things_is_heard_and_changes_nothing(hub: Hub) -> None:
    actor = hub.peer.actor("bo")
    hub.say(actor, _mastodon(actor, "Follow", GROUP))
    note = f"{actor}/statuses/112233"
    person = {"id": actor, "type": "Person", "preferredUsername": "bo", "inbox": f"{actor}/inbox"}
    tomb = {"id": note, "type": "Tombstone", "atomUri": note}
    said = (
        {**_mastodon(actor, "Delete", tomb), "to": [PUBLIC], "signature": LINKED},
        {**_mastodon(actor, "Update", person), "to": [PUBLIC], "signature": LINKED},
        _mastodon(actor, "Update", {"id": note, "type": "Note", "content": "<p>Again</p>"}),
        _lemmy(actor, "Undo", _lemmy(actor, "Like", f"{GROUP}/p/x")),
        _lemmy(actor, "Announce", _lemmy(actor, "Create", {"id": note, "type": "Page"})),
    )
    asked = len(hub.peer.asked)
    for one in said:
        assert hub.say(actor, one)[0] == 202
    assert len(hub.peer.asked) == asked, "nobody is asked for what is forgotten"
    assert hub.ties.follows(actor, "bar")
    gone = {**_mastodon(actor, "Delete", actor), "to": [PUBLIC], "signature": LINKED}
    assert hub.say(actor, gone)[0] == 202
    assert not hub.ties.follows(actor, "bar")
    hub.ties.give_up(hub.peer.host)


@pytest.mark.parametrize("accept", ACCEPTS)
def test_they_find_a_group_by_its_name_and_read_what_it_announced(hub: Hub, accept: str) -> None:
    found = hub.json(
        "/.well-known/webfinger?resource=acct%3Abar%40hub.example&rel=self",
        "application/jrd+json, application/json",
    )
    (me,) = [one["href"] for one in found["links"] if one["rel"] == "self"]
    actor = hub.json(me.removeprefix("http://hub.example"), accept)
    assert actor["type"] == "Group"
    assert {"inbox", "outbox", "followers", "publicKey", "preferredUsername"} <= actor.keys()
    outbox = hub.json(actor["outbox"].removeprefix("http://hub.example"), accept)
    first = hub.json(outbox["first"].removeprefix("http://hub.example"), accept)
    same = hub.json(f"{actor['outbox'].removeprefix('http://hub.example')}?page=true", accept)
    assert same == first
    assert first["type"] == "OrderedCollectionPage"
    assert {one["type"] for one in first["orderedItems"]} == {"Announce"}


def test_a_request_that_is_signed_by_rfc_9421_alone_is_refused_with_the_remedy(hub: Hub) -> None:
    actor = hub.peer.actor("new")
    fields = {
        "signature-input": f'sig1=("@method" "@target-uri");created=1;keyid="{actor}#main-key"',
        "signature": "sig1=:c2lnbmVk:",
    }
    status, said = hub.say(actor, _mastodon(actor, "Follow", GROUP), changed=fields)
    assert status == 401, "so that the other server tries the older way"
    assert "Sign" in said
    assert not hub.ties.follows(actor, "bar")
