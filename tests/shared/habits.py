"""The table of HTTP's habits: a request and its answer for each point that every route keeps.

`{tag}` in a header stands for the entity tag of the answer to a plain `GET` with the same
`Accept-Encoding`, `{token}` for the token of somebody without the scope that is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto

JSON = {"Content-Type": "application/json"}
NOTE = '{"words": "a note"}'
PORTAL = {"Origin": "https://portal.example"}
STRANGER = {"Origin": "https://e.example"}


class Point(StrEnum):
    """What the API keeps on every route, with the document that says so."""

    HEAD = auto()
    """RFC 9110, 9.3.2: wherever there is GET, with the same headers."""
    ALLOW = auto()
    """RFC 9110, 15.5.6: 405 and OPTIONS name every method."""
    CORS = auto()
    """Fetch, 3.3: other origins, where a setting names them."""
    REQUEST_TYPES = auto()
    """RFC 9110, 15.5.16: a body that is read as nothing else than it says it is."""
    ANSWER_TYPES = auto()
    """RFC 9110, 12.5.1: an answer in a type that was asked for, or 406."""
    CONDITIONS_OF_WRITES = auto()
    """RFC 9110, 13.1: lists and weak forms of If-Match."""
    TAGS_OF_THINGS = auto()
    """RFC 9110, 8.8.3: an ETag on every single thing, and 304."""
    TAGS_OF_LISTS = auto()
    """The same on every list that is polled."""
    NEXT_PAGE = auto()
    """RFC 8288: Link with next."""
    COMPRESSION = auto()
    """RFC 9110, 8.4: zstd, br, gzip."""
    SECRETS = auto()
    """RFC 9110, 17.6: never where a secret is reflected."""
    CHALLENGE = auto()
    """RFC 6750, 3: WWW-Authenticate with error and scope."""
    LIMITS = auto()
    """RFC 6585, 4: Retry-After; RateLimit headers on every answer."""
    REPETITION = auto()
    """Idempotency-Key: honoured where something is made, refused elsewhere."""
    CALLERS_KEY = auto()
    """The same key of another caller is another key."""
    END_OF_LIFE = auto()
    """RFC 9745, RFC 8594: Deprecation and Sunset."""
    UNKNOWN_PARAMETERS = auto()
    """What nobody reads is refused."""
    LANGUAGES = auto()
    """RFC 9110, 12.5.4: problems in the language asked for."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A request, sent so many times, and what the last answer says.

    An expected header gives the beginning of its value; None: no such header is there.
    """

    point: Point
    method: str
    path: str
    status: int
    answer: Mapping[str, str | None] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content: str | None = None
    times: int = 1
    body_bytes: int | None = None
    """What the body is no longer than, as it came over the wire."""


def _coding(coding: str) -> dict[str, str]:
    return {"Accept-Encoding": coding}


HABITS = [
    Habit(Point.HEAD, "HEAD", "/v1/notes/1", 200, {"ETag": '"3.', "Content-Type": "app"}),
    Habit(Point.HEAD, "HEAD", "/v1/notes", 200, {"ETag": '"', "Content-Length": ""}, body_bytes=0),
    Habit(Point.HEAD, "HEAD", "/v1/notes/99", 404, {"Content-Type": "application/problem+json"}),
    Habit(Point.ALLOW, "OPTIONS", "/v1/notes", 204, {"Allow": "GET, HEAD, OPTIONS, POST"}),
    Habit(Point.ALLOW, "OPTIONS", "/v1/notes/1", 204, {"Allow": "GET, HEAD, OPTIONS, PUT"}),
    Habit(Point.ALLOW, "DELETE", "/v1/notes", 405, {"Allow": "GET, HEAD, OPTIONS, POST"}),
    Habit(Point.ALLOW, "BREW", "/v1/notes/1", 405, {"Allow": "GET, HEAD, OPTIONS, PUT"}),
    # The portal's origin stands in the settings.
    Habit(
        *(Point.CORS, "OPTIONS", "/v1/notes/1", 200),
        {
            "Access-Control-Allow-Origin": "https://portal.example",
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT",
            "Access-Control-Max-Age": "3600",
            "Access-Control-Allow-Credentials": None,
        },
        {
            **PORTAL,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization, if-match, idempotency-key",
        },
    ),
    Habit(
        *(Point.CORS, "GET", "/v1/notes", 200),
        {
            "Access-Control-Allow-Origin": "https://portal.example",
            "Access-Control-Expose-Headers": "Content-Disposition, Content-Language, ",
            "Vary": "",
        },
        PORTAL,
    ),
    Habit(*(Point.CORS, "GET", "/v1/notes", 200), {"Access-Control-Allow-Origin": None}, STRANGER),
    Habit(
        *(Point.CORS, "OPTIONS", "/v1/notes", 400),
        {"Access-Control-Allow-Origin": None},
        {**STRANGER, "Access-Control-Request-Method": "POST"},
    ),
    Habit(Point.REQUEST_TYPES, "POST", "/v1/notes", 201, {"Location": "/v1/notes/"}, JSON, NOTE),
    Habit(
        *(Point.REQUEST_TYPES, "POST", "/v1/notes", 201, {}),
        {"Content-Type": "application/vnd.x+json; charset=UTF-8"},
        NOTE,
    ),
    *(
        Habit(
            *(Point.REQUEST_TYPES, "POST", "/v1/notes", 415, {"Accept": "application/json"}),
            headers,
            NOTE,
        )
        for headers in (
            {"Content-Type": "text/plain"},
            {"Content-Type": "json"},
            {"Content-Type": "application/json; charset=utf-16"},
            {"Content-Type": "application/merge-patch+json"},
            {},
        )
    ),
    Habit(
        *(Point.REQUEST_TYPES, "POST", "/v1/notes", 415, {"Accept-Encoding": "identity"}),
        {**JSON, "Content-Encoding": "gzip"},
        NOTE,
    ),
    *(
        Habit(Point.ANSWER_TYPES, "GET", path, status, {"Content-Type": kind}, {"Accept": accept})
        for path, accept, status, kind in (
            ("/v1/notes/1", "text/html, text/csv", 406, "application/problem+json"),
            ("/v1/notes/1", "application/json;q=0, */*", 406, "application/problem+json"),
            ("/v1/lines", "application/json", 406, "application/problem+json"),
            ("/v1/notes/1", "text/html, application/*;q=0.1", 200, "application/json"),
            ("/v1/notes/1", "nonsense", 200, "application/json"),
        )
    ),
    *(
        Habit(Point.CONDITIONS_OF_WRITES, "PUT", path, status, {}, {**JSON, **condition}, NOTE)
        for path, condition, status in (
            ("/v1/notes/1", {"If-Match": '"3"'}, 200),
            ("/v1/notes/1", {"If-Match": '"2.a", "3.b"'}, 200),
            ("/v1/notes/1", {"If-Match": "{tag}"}, 200),
            ("/v1/notes/1", {"If-Match": "*"}, 200),
            ("/v1/notes/1", {"If-Match": '"3.gzip"'}, 200),
            ("/v1/notes/1", {"If-Match": 'W/"3"'}, 412),
            ("/v1/notes/1", {"If-Match": '"1", "2"'}, 412),
            ("/v1/notes/1", {"If-None-Match": "*"}, 412),
            ("/v1/notes/99", {"If-None-Match": "*"}, 200),
            ("/v1/notes/1", {"If-Match": "3"}, 422),
        )
    ),
    *(
        Habit(point, "GET", path, status, answer, {"If-None-Match": condition}, body_bytes=length)
        for point, path in (
            (Point.TAGS_OF_THINGS, "/v1/notes/1"),
            (Point.TAGS_OF_LISTS, "/v1/notes"),
        )
        for condition, status, answer, length in (
            ("{tag}", 304, {"ETag": '"', "Content-Type": None}, 0),
            ('"other", W/{tag}', 304, {"ETag": '"', "Content-Type": None}, 0),
            ("*", 304, {"ETag": '"', "Content-Type": None}, 0),
            ('"other"', 200, {"ETag": '"', "Cache-Control": "private, no-cache"}, None),
        )
    ),
    Habit(Point.NEXT_PAGE, "GET", "/v1/notes?limit=2", 200, {"Link": "</v1/notes?limit=2&cursor="}),
    Habit(Point.NEXT_PAGE, "GET", "/v1/notes?limit=90", 200, {"Link": None}),
    *(
        Habit(
            *(Point.COMPRESSION, "GET", path, 200),
            {"Content-Encoding": coding, "Vary": ""},
            {"Accept-Encoding": accept},
            body_bytes=2500,
        )
        for path in ("/v1/notes", "/v1/notes/1")
        for accept, coding in (("gzip", "gzip"), ("br, gzip", "br"), ("gzip, br, zstd", "zstd"))
    ),
    Habit(
        *(Point.COMPRESSION, "GET", "/v1/notes", 304),
        {"ETag": '"'},
        {**_coding("br"), "If-None-Match": "{tag}"},
    ),
    Habit(
        *(Point.SECRETS, "GET", "/v1/secret?echo=abc", 200),
        {"Content-Encoding": None, "ETag": None, "Cache-Control": "no-store"},
        _coding("gzip, br, zstd"),
    ),
    Habit(
        *(Point.CHALLENGE, "GET", "/v1/notes/1/words", 401),
        {"WWW-Authenticate": 'Bearer realm="attesta"'},
        {"Authorization": ""},
    ),
    Habit(
        *(Point.CHALLENGE, "GET", "/v1/notes/1/words", 401),
        {"WWW-Authenticate": 'Bearer realm="attesta", error="invalid_token", error_description="T'},
        {"Authorization": "Bearer x"},
    ),
    Habit(
        *(Point.CHALLENGE, "GET", "/v1/notes/1/words", 403),
        {
            "WWW-Authenticate": 'Bearer realm="attesta", error="insufficient_scope", '
            'error_description="This asks for the scope applications:process or operations, which '
            'the token lacks.", scope="applications:process operations"'
        },
        {"Authorization": "{token}"},
    ),
    Habit(
        *(Point.LIMITS, "GET", "/v1/rationed?client=b", 200),
        {"RateLimit-Policy": '"questions";q=2;w=60', "RateLimit": '"questions";r=0;t='},
        times=2,
    ),
    Habit(Point.LIMITS, "GET", "/v1/rationed?client=c", 429, {"Retry-After": ""}, times=3),
    Habit(
        *(Point.REPETITION, "POST", "/v1/notes", 201, {"Location": "{first}"}),
        {**JSON, "Idempotency-Key": "key-00001"},
        NOTE,
        times=3,
    ),
    Habit(
        *(Point.REPETITION, "POST", "/v1/notes", 422, {}),
        {**JSON, "Idempotency-Key": "key-00001"},
        '{"words": "another note"}',
    ),
    Habit(
        *(Point.REPETITION, "PUT", "/v1/notes/1", 422, {}),
        {**JSON, "Idempotency-Key": "key-00002"},
        NOTE,
    ),
    Habit(
        *(Point.CALLERS_KEY, "POST", "/v1/notes", 201, {"Location": "/v1/notes/"}),
        {**JSON, "Idempotency-Key": "key-00001", "Authorization": "{other token}"},
        '{"words": "of another caller"}',
    ),
    Habit(
        *(Point.END_OF_LIFE, "GET", "/v1/old", 200),
        {
            "Deprecation": "@1767225600",
            "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT",
            "Link": '</v1/notes>; rel="successor-version"',
        },
    ),
    Habit(Point.UNKNOWN_PARAMETERS, "GET", "/v1/notes?limits=2", 422),
    Habit(Point.UNKNOWN_PARAMETERS, "GET", "/v1/notes/1?as_of=2020-01-01", 422),
    *(
        Habit(
            *(Point.LANGUAGES, "GET", "/v1/notes/99", 404),
            {"Content-Language": language},
            {"Accept-Language": wish},
        )
        for wish, language in (("", "en"), ("ru", "ru"), ("fr, ru;q=0.2", "ru"), ("fr", "en"))
    ),
]
