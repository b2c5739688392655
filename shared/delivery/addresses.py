"""Which addresses on the network are the public Internet's.

What may be connected to is said by networks, not by `ipaddress.is_global`: that is true for 6to4
and NAT64 of private addresses, and differs between releases of Python. The networks are those of
IANA's registries of special-purpose addresses.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),  # multicast; reserved, and broadcast
        ),
    )
)
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""The only block from which addresses of the Internet are given out."""
_SPECIAL_IPV6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_BITS = 0xFFFFFFFF


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address, and every IPv4 address that it stands for, is the Internet's."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    inner_addresses = list(_unwrap(address))
    if inner_addresses:
        return all(map(is_public, inner_addresses))
    return address in _PUBLIC_IPV6 and not any(address in network for network in _SPECIAL_IPV6)


def _unwrap(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses to which packets for this one are led: mapped, NAT64, 6to4, Teredo."""
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address in _NAT64:
        yield IPv4Address(int(address) & _IPV4_BITS)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
