"""The documents and the services are held to each other, as `make contract-check` does.

python -m tests.contracts.conformance
python -m tests.contracts.conformance catalog --examples 20 --phases fuzzing
"""

import argparse
import sys
from pathlib import Path

import httpx

from tests.contracts.conformance.linters import lint_documents
from tests.contracts.conformance.requests import PHASES, try_requests
from tests.contracts.conformance.services import SERVICES, running_service

EXAMPLES = 200


def main() -> int:
    """Tries the services that the arguments name, lints their documents; 0 where all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*", help="all, if none is named")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="of an operation, at most")
    parser.add_argument("--phases", default=PHASES)
    parser.add_argument("--report", type=Path, help="a folder for a report of each service")
    arguments = parser.parse_args()
    documents, codes = {}, []
    for service in arguments.services or sorted(SERVICES):
        report = arguments.report and arguments.report / f"{service}.json"
        with running_service(service) as url:
            documents[service] = httpx.get(f"{url}/openapi/{service}.json").json()
            codes.append(try_requests(service, url, arguments.phases, arguments.examples, report))
    return max([*codes, lint_documents(documents)])


if __name__ == "__main__":
    sys.exit(main())
