"""Which addresses we may speak to: the rules against being lured into private networks (SSRF)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One checked address: what `socket.connect` needs, resolved once and used as it is."""

    family: socket.AddressFamily
    sockaddr: tuple[str, int] | tuple[str, int, int, int]


class Blocked(Exception):
    """The guard refuses an address; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Guard:
    """The rules: https to public addresses only, unless private networks are allowed or the origin is our own.

    `own_origins` are origins such as "http://127.0.0.1:8000" under which this installation itself answers.
    """

    allow_private: bool
    own_origins: frozenset[str]

    def resolve(self, url: str) -> list[Endpoint]:
        """Return every checked address of the URL's host, from one resolution. Raises `Blocked` or `OSError`.

        One private address among public ones is enough to refuse: a name has no honest reason to have both.
        """
        scheme, host, port = _parts(url)
        trusted = self.allow_private or self.is_own(url)
        if scheme != "https" and not trusted:
            raise Blocked(f"{host} is addressed with {scheme}://. Only https:// addresses are spoken to.")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        endpoints = [Endpoint(family, sockaddr) for family, _, _, _, sockaddr in found]  # type: ignore[arg-type]
        if not trusted and not all(is_public(str(endpoint.sockaddr[0])) for endpoint in endpoints):
            raise Blocked(f"{host} is an address inside a private network. Only public addresses are spoken to.")
        return endpoints

    def is_own(self, url: str) -> bool:
        """Return whether this installation itself answers at `url`. Raises `Blocked` for what is no web address."""
        return origin(url) in self.own_origins


def spelled(url: str) -> str:
    """Return `url` when it is spelled as a plain web address. Raises `Blocked`."""
    _parts(url)
    return url


def guard(allow_private: bool, own_origins: Collection[str]) -> Guard:
    """Return the guard for these settings; own origins are compared in their canonical form."""
    return Guard(allow_private, frozenset(origin(each) for each in own_origins))


def origin(url: str) -> str:
    """Return scheme, host and port of a URL in one canonical spelling."""
    scheme, host, port = _parts(url)
    return f"{scheme}://{host}:{port}"


def _parts(url: str) -> tuple[str, str, int]:
    if " " in url or "\\" in url or not url.isprintable():
        raise Blocked("The address holds a character that no web address has.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Blocked("This is not a web address.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Blocked("This is not a web address. It has to begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise Blocked("The address holds a user name or password. Leave the part before the @ out.")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """Return whether an IP address is on the public internet, looking through every form that wraps an IPv4 one."""
    ip: IPAddress = ipaddress.ip_address(address.partition("%")[0])
    wrapped = _wrapped(ip)
    if wrapped is not None:
        return is_public(str(wrapped))
    site_local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or site_local)


def _wrapped(ip: IPAddress) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside a mapped, 6to4, Teredo or NAT64 one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
