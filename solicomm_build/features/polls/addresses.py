"""`vote+<poll>.<token>@`: a voter's own address."""

from __future__ import annotations

from solicomm_build.features.polls import voteaddress
from solicomm_build.foundation import keys
from solicomm_build.people import token
from solicomm_build.people.address import ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _voter(key: bytes, address: ListAddress) -> int | None:
    return token.read_vote_token(key, address.tag, address.base)


def _known(finder: Finder, local: str) -> ListAddress | None:
    found = voteaddress.split(local)
    is_ours = found and _voter(keys.token_key(finder.config.keys), found) is not None
    return found if is_ours else None


KINDS = (
    Kind(
        10,
        _known,
        first=True,
        judged=True,
        desk=frozenset({voteaddress.VOTE}),
        bearer=_voter,
        reserved=frozenset({voteaddress.PREFIX}),
        local_parts=lambda config: (voteaddress.PREFIX,),
        unsure=voteaddress.PREFIX,
    ),
)
SUFFIXES = {voteaddress.POLL: voteaddress.POLL}
