"""Whether the process of this container is ready, by the exit status.

`python -I -S health.py PORT`: engines ask every few seconds, so it loads hardly anything.
"""

import sys
from http.client import HTTPConnection, HTTPException

ANSWER_SECONDS = 8


def is_ready(port: int) -> bool:
    """Whether `/health/ready` on this port answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200  # noqa: PLR2004 - http.HTTPStatus is slow to load
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_ready(int(sys.argv[1])))
