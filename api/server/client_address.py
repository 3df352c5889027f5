"""From where a request comes: the peer, or whom a proxy of ours names."""

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache

from litestar.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NOWHERE = "unknown"
"""What stands for a peer without an address, as over a local socket."""


def networks(text: str) -> tuple[Network, ...]:
    """The networks that a setting names, with commas between them. Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def address_of(scope: Scope, proxies: Sequence[Network]) -> str:
    """The address of who asks. Only what one of these proxies says of others is believed."""
    peer = scope.get("client")
    named = peer[0] if peer else ""
    if not proxies or not _is_one_of(named, tuple(proxies)):
        return _plain(named)
    # Anyone may begin the line with what they like; what our own proxies add stands at its end.
    for hop in _forwarded(scope["headers"]):
        if _parsed(hop) is None:
            break
        named = hop
        if not _is_one_of(hop, tuple(proxies)):
            break
    return _plain(named)


@lru_cache(10_000)
def counted_as(address: str) -> str:
    """What an address counts as: of IPv6 whoever has one address has all of its /64."""
    found = _parsed(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def _forwarded(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """The hops that proxies told of, the last first."""
    lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return [hop.strip() for hop in reversed(",".join(lines).split(","))]


@lru_cache(10_000)
def _plain(text: str) -> str:
    found = _parsed(text)
    return str(found) if found is not None else NOWHERE


@lru_cache(10_000)
def _is_one_of(text: str, proxies: tuple[Network, ...]) -> bool:
    found = _parsed(text)
    return found is not None and any(found in network for network in proxies)


def _parsed(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
