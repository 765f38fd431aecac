"""`vote+<poll>.<token>@`: a voter's own address."""

from __future__ import annotations

from solicomm_build.features.polls import voteaddress
from solicomm_build.people import token
from solicomm_build.people.address import Purpose
from solicomm_build.people.addresses import Kind

KINDS = (
    Kind(
        10,
        lambda finder, local: voteaddress.split(local),
        first=True,
        desk=frozenset({Purpose.VOTE}),
        bearer=lambda key, address: token.read_vote_token(key, address.tag, address.base),
        reserved=frozenset({voteaddress.PREFIX}),
        local_parts=lambda config: (voteaddress.PREFIX,),
        unsure=voteaddress.PREFIX,
    ),
)
