"""The configuration of nginx as the gateway, made from the table of addresses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from deploy.gateway.table import IDENTIFIER, LANGUAGE, LANGUAGE_PATTERN, Route, RouteTable
from deploy.gateway.unavailable import (
    CONNECT_SECONDS,
    FIRST_LANGUAGE,
    PAGE_NAME,
    PROBLEM_MEDIA_TYPE,
    PROBLEM_PREFIXES,
    RETRY_HEADERS,
    SILENCE_SECONDS,
    STAND_IN_SECONDS,
    UnavailablePages,
    closed_problem,
    unavailable_problem,
)
from shared.pages.preferences import LANGUAGE_COOKIE

CONFIGURATION_FILE = Path(__file__).with_name("nginx.conf")
TLS_CONFIGURATION_FILE = Path(__file__).with_name("nginx.tls.conf")
"""The same for production, where the gateway ends TLS itself."""
SERVICE_PORT = 8000
"""Where a service listens in its container."""
PAGES_FOLDER = "/usr/share/attesta"
"""Where the container finds the static pages."""
CLOSED = "closed"
FAIL_SECONDS = 1
"""So long a replica that let nobody in is not asked; less than the next one needs to end."""
TLS_PORT = 8443

_REDIRECTING_SERVER = """\
    # Who comes without TLS is led to it; who asks for health is answered.
    server {{
        listen {port};
        location = /health/ready {{
            default_type application/json;
            return 200 '{{"status": "ready"}}';
        }}
        location / {{ return 308 https://$host$request_uri; }}
    }}

"""
_TLS_LISTEN = """\
listen {tls_port} ssl http2;
        # The certificate with its chain, and its key, as nginx reads them at its start.
        ssl_certificate /run/secrets/gateway_certificate;
        ssl_certificate_key /run/secrets/gateway_key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:10m;
        ssl_session_tickets off;
        add_header Strict-Transport-Security "max-age=31536000" always;"""

_TEMPLATE = """\
# Generated from routes.json by `python -m deploy.gateway`; do not edit by hand.
worker_processes auto;
# Its lines name whole addresses, with what people search for: the services log requests better.
error_log stderr crit;
events {{ worker_connections 1024; }}

http {{
{replicas}    # The service of a path: the first that matches, the more particular first.
    map $uri $service {{
{services}
    }}
    # What is said when it does not answer: a problem document, or a page in a language.
    map $http_accept_language $browser_language {{
{browser_languages}
    }}
    map $http_cookie $reader_language {{
{reader_languages}
    }}
    map $uri $page_language {{
{page_languages}
    }}
    map $uri $answer {{
        default {page_name};
        "~^/({problem_prefixes})(/|$)" problem;
    }}

    access_log off;
    server_tokens off;
    absolute_redirect off;
    merge_slashes off;
    large_client_header_buffers 4 32k;
    # Each service refuses what is too large by its own settings, and says why.
    client_max_body_size 0;
    # A service that is started anew may have another address: its name is asked for again.
    resolver 127.0.0.11 valid=5s ipv6=off;
    resolver_timeout {connect_seconds}s;

{redirecting_server}    server {{
        {listen}

        proxy_http_version 1.1;
        proxy_redirect off;
        # Nothing is kept back: uploads, lines of NDJSON and events pass as they come.
        proxy_buffering off;
        proxy_request_buffering off;
        proxy_buffer_size 32k;
        proxy_buffers 8 32k;
        proxy_connect_timeout {connect_seconds}s;
        # Of several replicas another is asked where the first lets nobody in, or breaks off what
        # may be sent twice: never what it may have done (POST, PATCH), never after a silence.
        proxy_next_upstream error timeout;
        proxy_next_upstream_timeout {next_seconds}s;
        proxy_send_timeout {silence_seconds}s;
        proxy_read_timeout {silence_seconds}s;
        # What a client says of the way is not passed on: only this proxy knows it.
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header TE "";
        proxy_set_header Proxy-Connection "";
        proxy_set_header Proxy-Authorization "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Port "";
        proxy_set_header X-Forwarded-Prefix "";
        proxy_set_header X-Real-IP "";
        proxy_set_header Forwarded "";

        location = /health/ready {{
            default_type application/json;
            return 200 '{{"status": "ready"}}';
        }}

        location / {{
            if ($service = {closed}) {{ return 404; }}
            proxy_pass http://$service;
            error_page 404 /-/{closed};
            error_page 502 503 504 =503 /-/unavailable/$answer;
        }}
        # Where the service of such an address is silent, the next one answers it.
{stand_ins}

        location = /-/{closed} {{
            internal;
            default_type {problem_type};
            return 404 '{closed_problem}';
        }}

        location = /-/unavailable/problem {{
            internal;
            default_type {problem_type};
{retry_headers}
            return 503 '{unavailable_problem}';
        }}

        location /-/unavailable/ {{
            internal;
            alias {pages_folder}/;
            types {{ text/html html; }}
            charset utf-8;
            etag off;
            if_modified_since off;
            max_ranges 0;
{page_headers}
        }}
    }}
}}
"""


def build_configuration(
    table: RouteTable,
    pages: UnavailablePages,
    *,
    addresses: Mapping[str, Sequence[str]] | None = None,
    port: int = SERVICE_PORT,
    pages_folder: str = PAGES_FOLDER,
    silence_seconds: float = SILENCE_SECONDS,
    tls: bool = False,
) -> str:
    """The whole `nginx.conf`.

    `addresses` are `host:port` of each service's replicas; by default one name for all of them,
    that of containers called as the service, which is asked for while nginx runs.
    With `tls` the site is served on `TLS_PORT`, and `port` leads there.
    """
    places = addresses or {service: [f"{service}:{SERVICE_PORT}"] for service in table.services}
    targets = {service: _choose_target(service, group) for service, group in places.items()}
    return _TEMPLATE.format(
        replicas="".join(f"    {line}\n" for line in _iter_replicas(places)),
        services=_indent(_iter_services(table, targets), 8),
        **_build_language_maps(tuple(pages.pages)),
        page_name=PAGE_NAME.format(language="$page_language"),
        problem_prefixes="|".join(PROBLEM_PREFIXES),
        redirecting_server=_REDIRECTING_SERVER.format(port=port) if tls else "",
        listen=_TLS_LISTEN.format(tls_port=TLS_PORT) if tls else f"listen {port};",
        connect_seconds=CONNECT_SECONDS,
        next_seconds=5 * CONNECT_SECONDS,  # some were just replaced
        silence_seconds=silence_seconds,
        stand_ins=_indent(_iter_stand_ins(table, targets, silence_seconds), 8),
        closed=CLOSED,
        closed_problem=closed_problem("$request_id"),
        unavailable_problem=unavailable_problem("$request_id"),
        problem_type=PROBLEM_MEDIA_TYPE,
        pages_folder=pages_folder,
        retry_headers=_indent(_iter_headers(RETRY_HEADERS), 12),
        page_headers=_indent(_iter_headers(pages.headers), 12),
    )


def _build_language_maps(languages: Sequence[str]) -> dict[str, str]:
    """By its name in the template: which language a browser, a reader and a page's address ask."""
    return {
        "browser_languages": _indent(_iter_browser_languages(languages), 8),
        "reader_languages": _indent(_iter_reader_languages(languages), 8),
        "page_languages": _indent(_iter_page_languages(languages), 8),
    }


def _choose_target(service: str, places: Sequence[str]) -> str:
    """What requests to the service are passed to: its one address, or the group of its replicas."""
    return places[0] if len(places) == 1 else f"{service}_replicas"


def _iter_replicas(places: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The groups of services that have several replicas.

    One that lets nobody in is left alone only briefly: until the next one is replaced it is back.
    """
    for service, addresses in places.items():
        if len(addresses) > 1:
            yield f"upstream {_choose_target(service, addresses)} {{"
            for address in addresses:
                yield f"    server {address} fail_timeout={FAIL_SECONDS}s;"
            yield "}"


def _iter_services(table: RouteTable, addresses: Mapping[str, str]) -> Iterator[str]:
    for route in table.routes:
        address = addresses[route.service] if route.service else CLOSED
        yield f"{_build_pattern(route)} {address};"


def _iter_stand_ins(
    table: RouteTable, addresses: Mapping[str, str], silence_seconds: float
) -> Iterator[str]:
    """The addresses that several services answer: each is asked where the one before is silent."""
    for number, (segments, names) in enumerate(table.stand_ins, start=1):
        path = "/".join(map(_build_segment_pattern, segments))
        places = [f'~ "^/{path}$"', *(f"@stand_in_{number}_{name}" for name in names)]
        targets = ["$service", *(addresses[name] for name in names)]
        next_pages = [
            *(f"error_page 502 503 504 = {place};" for place in places[1:]),
            "error_page 502 503 504 =503 /-/unavailable/$answer;",
        ]
        for place, target, next_page in zip(places, targets, next_pages, strict=True):
            yield f"location {place} {{"
            # A name in a variable is asked for again, as for all others.
            yield f"    set $stand_in {target};"
            yield "    proxy_pass http://$stand_in;"
            yield f"    proxy_read_timeout {min(silence_seconds, STAND_IN_SECONDS)}s;"
            yield "    recursive_error_pages on;"
            yield f"    {next_page}"
            yield "}"


def _build_pattern(route: Route) -> str:
    """The route as a regular expression of nginx; of `/`, what holds for all other paths."""
    if not route.segments:
        return "default"
    path = "/".join(map(_build_segment_pattern, route.segments))
    return f'"~^/{path}(/|$)"'


def _build_segment_pattern(segment: str) -> str:
    patterns = {LANGUAGE: LANGUAGE_PATTERN, IDENTIFIER: "[^/]*"}
    return patterns.get(segment, segment.replace(".", r"\."))


def _iter_browser_languages(languages: Iterable[str]) -> Iterator[str]:
    yield f"default {FIRST_LANGUAGE};"
    for language in languages:
        yield f'"~*^{language}\\b" {language};'


def _iter_reader_languages(languages: Iterable[str]) -> Iterator[str]:
    yield "default $browser_language;"
    for language in languages:
        yield f'"~(^|; *)(__Host-)?{LANGUAGE_COOKIE}={language}(;|$)" {language};'


def _iter_page_languages(languages: Iterable[str]) -> Iterator[str]:
    yield "default $reader_language;"
    for language in languages:
        yield f'"~^/{language}(/|$)" {language};'


def _iter_headers(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        yield f'add_header {name} "{value}" always;'


def _indent(lines: Iterable[str], blanks: int) -> str:
    return "\n".join(" " * blanks + line for line in lines)
