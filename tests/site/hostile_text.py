"""What people type who mean harm, or who only write differently."""

import re

MARKUP = "</textarea><script>alert('xss')</script><img src=x onerror=\"alert(1)\">&amp;{{ 7*7 }}"
RIGHT_TO_LEFT = "\u200fשלום\u200f مرحبا"
COMBINED = "e\u0301\u0323 \u200b"
UNPRINTABLE = "👩‍🚀🏳️‍🌈 \u202eשלום\u202c"
LINE = f"\"'{MARKUP} {RIGHT_TO_LEFT} {COMBINED}"
"""Fits in one line of a form, and can be printed."""
LONG_LINE = "Щ" * 290
"""One word that does not break."""
PROSE = f"{LINE}\n\n- {'слово ' * 1600}"[:10_000]
LONG_NAME = "Ъ" * 100

GARBAGE = (
    LINE,
    "9" * 400,
    "-1",
    "2026-13-45T25:61",
    RIGHT_TO_LEFT,
    UNPRINTABLE,
    "漢字かな交じり文 ไทย हिन्दी",
    "nul\x00bell\x07",
    "х" * 12_000,
    "' OR 1=1; DROP TABLE application; --",
    "%s %(x)s {0} ${x}",
    "/documents/nothing",
    "11111111-1111-4111-8111-111111111111",
    "1e309",
    "NaN",
    "../../etc/passwd",
    "٣",
)
"""One after another goes into the fields of a form."""

TEXTS = (LINE, LONG_LINE, PROSE, LONG_NAME, *GARBAGE)
_LETTERS = re.compile(r"[^\W\d_][^\W_]*(?:['’-][^\W_]+)*")
WORDS = frozenset(_LETTERS.findall(" ".join(TEXTS)))
"""The words of all of it: on a page they are what somebody has typed."""
