"""`python -m tests.contracts.conformance`: the documents and the services are held to each other.

python -m tests.contracts.conformance                 all, as `make contract-check` does
python -m tests.contracts.conformance requests catalog --examples 20
"""

import argparse
import sys
from pathlib import Path

from tests.contracts.conformance.requests import PHASES, try_requests
from tests.contracts.conformance.services import SERVICES, running_service

EXAMPLES = 200


def main() -> int:
    """Runs what the arguments name; 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*", default=sorted(SERVICES))
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--phases", default=PHASES)
    parser.add_argument("--report", type=Path, help="a folder for a report of each service")
    arguments = parser.parse_args()
    codes = []
    for service in arguments.services:
        report = arguments.report and arguments.report / f"{service}.json"
        with running_service(service) as url:
            codes.append(try_requests(service, url, arguments.phases, arguments.examples, report))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
