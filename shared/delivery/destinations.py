"""Where others may have something sent to: an address of theirs on the Internet, by HTTPS.

Nobody may lead the platform into its own network. The text of an address is checked once here, and
what its name resolves to each time that something is sent (`egress`).
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

HTTPS_PORT = 443
URL_LENGTH = 2000
_NAME_LENGTH = 253
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_DNS_NAME = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z])(?:{_LABEL})")
"""Of at least two labels; the last one begins with a letter, so that no number is an address."""
_LOCAL_NAME = re.compile(rf"(?:{_LABEL}\.)*localhost")


class UnusableDestination(ValueError):
    """Nothing is sent to this address; `reason` says why, by a word: `scheme`, `port`, ..."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"nothing is sent to this address: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Destination:
    """Where something is sent: the host as DNS knows it, the port, and the path with its query."""

    url: httpx.URL
    host: str
    port: int

    @property
    def target(self) -> bytes:
        """What the request line names."""
        return self.url.raw_path


def parse_destination(text: str, *, allows_local: bool = False) -> Destination:
    """The destination of an address such as `https://hr.example/hook?key=1`.

    `allows_local` lets any port and the names of this machine pass, for trials. Raises
    `UnusableDestination`.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise UnusableDestination("form") from None
    if len(text) > URL_LENGTH or not text.isprintable() or " " in text:
        raise UnusableDestination("form")
    if url.scheme != "https":
        raise UnusableDestination("scheme")
    if url.userinfo:
        raise UnusableDestination("userinfo")
    if url.fragment:
        raise UnusableDestination("fragment")
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    _check_name(host, allows_local=allows_local)
    port = url.port or HTTPS_PORT
    if port != HTTPS_PORT and not allows_local:
        raise UnusableDestination("port")
    return Destination(url, host, port)


def is_local_name(host: str) -> bool:
    """Whether the name means the machine that asks (RFC 6761): no server of names is asked."""
    return _LOCAL_NAME.fullmatch(host) is not None


def _check_name(host: str, *, allows_local: bool) -> None:
    if is_local_name(host):
        if allows_local:
            return
        raise UnusableDestination("name")
    if len(host) > _NAME_LENGTH or _is_address(host) or _DNS_NAME.fullmatch(host) is None:
        raise UnusableDestination("name")


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
