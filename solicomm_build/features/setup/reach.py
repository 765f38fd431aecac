"""What can be reached: names by the DNS, ports of this machine, its own addresses. Blocking."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl

from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.hub.dns import Resolver

_PATIENCE = 10.0  # seconds for one connection


def addresses() -> tuple[str, ...]:
    """The public addresses from which this machine speaks to the world, IPv4 first. Nothing is
    sent for it: a UDP socket only asks the routes."""
    found = []
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((far, 53))
            one = asking.getsockname()[0]
            if is_public(one):
                found.append(one)
    return tuple(found)


def is_public(address: str) -> bool:
    """Whether the world could reach an address. Those for documentation count: on a machine that
    has one, somebody plays the world."""
    one = ipaddress.ip_address(address.partition("%")[0])
    documents = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    played = any(one in ipaddress.ip_network(net) for net in documents)
    return one.is_global or played


def lookup(name: str) -> tuple[str, ...]:
    """Where a name leads, as the DNS says, not /etc/hosts; nothing when it does not say."""
    asking, found = Resolver(), list[str]()
    for kind in ("A", "AAAA"):
        with contextlib.suppress(NameLookupError):
            found += asking.records(name, kind)
    return tuple(sorted(found))


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something on this machine takes connections at a port."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), _PATIENCE):
        return True
    return False


def greets(port: int, words: str, host: str = "127.0.0.1") -> bool:
    """Whether a server begins with these words."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), _PATIENCE) as line:
        line.settimeout(_PATIENCE)
        return line.recv(512).decode("latin-1").startswith(words)
    return False


def certified(name: str, port: int, host: str = "127.0.0.1") -> str:
    """What is wrong with the certificate that a server shows at a port; nothing when it is of that
    name and this machine trusts it."""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), _PATIENCE) as raw,
            context.wrap_socket(raw, server_hostname=name),
        ):
            return ""
    except ssl.SSLError as error:
        return getattr(error, "verify_message", "") or str(error.reason)
    except OSError as error:
        return error.strerror or "no answer"


def page(name: str, path: str = "/", host: str = "127.0.0.1", *, trusts: str = "") -> str:
    """What is wrong with a page of that name; nothing when it comes over https with a certificate
    that holds, of an authority in the file `trusts` where one is named."""
    context = ssl.create_default_context(cafile=trusts or None)
    line = http.client.HTTPSConnection(name, timeout=_PATIENCE, context=context)
    try:
        raw = socket.create_connection((host, 443), _PATIENCE)
        line.sock = context.wrap_socket(raw, server_hostname=name)
        line.request("GET", path)
        status = line.getresponse().status
    except ssl.SSLError as error:
        return getattr(error, "verify_message", "") or str(error.reason)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or "no answer"
    finally:
        line.close()
    return "" if status == 200 else f"it answers {status}"
