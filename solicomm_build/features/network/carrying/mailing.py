"""A packet for a hub as a mail to its address `peer@`."""

from __future__ import annotations

from collections.abc import Iterable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from solicomm_build.features.network.carrying import inbox, packets
from solicomm_build.features.network.trust import mirrored
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.names import PEER
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock, scratch
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope

_HEAD = 4096  # octets of such a mail beside the packet


def send(
    config: Config,
    identity: Identity,
    known: Peers,
    peer: Peer,
    only: Iterable[str] = (),
    *,
    most: int | None = None,
) -> tuple[str, int, list[str]]:
    """Puts the mail into the spool, durable on return: to whom, its octets, and what is in it.
    Large files are in it as far as there is room in `most` octets, or in a mail; the next mail has
    the others. Raises UsageError when it would be too long for a mail."""
    card = peering.card_of(config, peer)
    if card is None:
        raise UsageError(f"there is no card of {peer.id} here, so its address is not known")
    if mirrored.comes_back(config, card.domain):
        raise UsageError(
            f"{peer.id} has mail @{card.domain}, as this hub has, so no mail gets there. Carry it: "
            f"solicomm peer bundle FILE --for {peer.id}"
        )
    config.state.mkdir(parents=True, exist_ok=True)
    with scratch.folder(config.state, scratch.PACKET) as folder:
        path = folder / "packet.zip"
        limit = min(config.limits.message_bytes, most or config.limits.message_bytes)
        room = (limit - _HEAD) * 57 // 78  # a line of base64
        names = packets.write(config, identity, known, path, peer, only=only, room=room, once=True)
        raw = _message(config, peer, card.domain, path.read_bytes())
    if len(raw) > config.limits.message_bytes:
        raise UsageError(
            f"that would be a mail of {len(raw) >> 20} MiB, and {config.limits.message_bytes >> 20}"
            f" MiB is the most. Send less with --only, or carry it: solicomm peer bundle"
        )
    to = f"{PEER}@{card.domain}"
    spool = Spool(config.spool_out)
    spool.put([Item(Envelope(f"postmaster@{config.domain}", (to,), clock.now(), ours=True), raw)])
    spool.ring()
    return to, len(raw), names


def _message(config: Config, peer: Peer, domain: str, packet: bytes) -> bytes:
    made, now = EmailMessage(policy=SMTP), clock.now()
    made["From"] = f"postmaster@{config.domain}"
    made["To"] = f"{PEER}@{domain}"
    made["Subject"] = f"Conferences for {peer.id}"
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<packet-{now.timestamp():.0f}.{peer.id}@{config.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(
        f"What {config.name} shares with your hub. The hub takes it itself;\n"
        "`solicomm peer status` there says what came of it.\n"
    )
    kind, _, sub = inbox.TYPE.partition("/")
    name = f"for-{peer.id}.zip"
    made.add_attachment(packet, maintype=kind, subtype=sub, filename=name)
    return made.as_bytes()
