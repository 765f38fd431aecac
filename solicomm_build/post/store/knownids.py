"""What a conference calls the messages that mail names by their Message-IDs.

A post's `mid` is made of its Message-ID, so whoever has a mail can tell which post it became. Where
only pseudonyms are shown (`pseudonyms: required`) it is an HMAC with a key of the hub's
(`private/keys/posts.key`) instead, and so are the ids of what it answers (docs/adr/0031). What a
conference has given out stays: a message that it knows by one of the two is called so for ever,
also after its settings changed or its topic moved.
"""

from __future__ import annotations

from functools import partial

from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, post_id, secret_id
from solicomm_build.message.msgid import Ids
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.poststore import PostStore, unarchived_path


def is_secret(conference: Conference) -> bool:
    """Whether posts that come to a conference are named so that only the hub knows of which
    message they are."""
    return conference.pseudonyms == "required"


def ids_of(config: Config, conference: Conference, posts: PostStore, mail: MailStore) -> Ids | None:
    """How the messages to a conference are called; None where that is by their Message-IDs alone.

    The answers take the conference's lock, and hold while that and mail.git's are held. Raises
    StoreError when the key is damaged.
    """
    secret = is_secret(conference)
    key = keys.post_key(config.keys) if secret else keys.post_key_if_any(config.keys)
    return None if key is None else _KnownIds(key, posts, mail, secret=secret)


def unkept(config: Config, conference: Conference) -> Ids | None:
    """What copies call the messages that one names which is kept on no page. Raises StoreError."""
    if not is_secret(conference):
        return None
    return partial(secret_id, key=keys.post_key(config.keys))


def made(config: Config, conference: Conference, message_id: str) -> str:
    """The Message-ID for a post that the hub itself is about to write into a conference."""
    if not is_secret(conference):
        return message_id
    return secret_id(message_id, keys.post_key(config.keys))


def mids(config: Config, message_id: str) -> tuple[PostId, ...]:
    """The ids that the post of a message may have, for what is looked up within the hub: the plain
    one, and the secret one if this hub has made any. Never to be shown to who named the message."""
    plain, key = post_id(message_id), keys.post_key_if_any(config.keys)
    if key is None:
        return (plain,)
    return tuple(dict.fromkeys((plain, post_id(secret_id(message_id, key)))))


class _KnownIds:
    """The ids of one conference. For as long as its locks are held."""

    def __init__(self, key: bytes, posts: PostStore, mail: MailStore, *, secret: bool) -> None:
        self._key, self._posts, self._mail, self._secret = key, posts, mail, secret

    def __call__(self, message_id: str) -> str:
        hidden = secret_id(message_id, self._key)
        first, other = (hidden, message_id) if self._secret else (message_id, hidden)
        one, two = post_id(first), post_id(other)
        if one == two or self._posts.knows(one):
            return first
        if self._posts.knows(two):
            return other
        return other if self._is_gone(two) and not self._is_gone(one) else first

    def _is_gone(self, mid: PostId) -> bool:
        """Whether a message of this id was sent on and not kept, or erased."""
        return self._posts.has(unarchived_path(mid), mid) or self._mail.is_erased(mid)
