"""`conference.yaml` written again with other settings, as people wrote the rest of it."""

from __future__ import annotations

import contextlib

from solicomm_build.foundation import yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference


def rewritten(blob: bytes, after: Conference) -> bytes:
    """The file that says `after`: the lines of what changed, and all others with their comments as
    they were, where that can be; else made anew. Raises ContentErrors when `blob` is no
    conference.yaml."""
    was = yamlsafe.load(conference.encode(conference.decode(blob)))
    new = yamlsafe.load(conference.encode(after))
    if isinstance(was, dict) and isinstance(new, dict):
        with contextlib.suppress(ContentError, ContentErrors):
            text = blob.decode("utf-8")
            for key in [key for key in {**was, **new} if was.get(key) != new.get(key)]:
                text = yamlsafe.replaced(text, key, {key: new[key]} if key in new else {})
            if conference.decode(text) == after:
                return text.encode()
    return conference.encode(after)
