# What the blocks of the guides share: where Attesta is, who calls, and how an answer is read.
ATTESTA=${ATTESTA:-http://127.0.0.1:8000}
WORK=$(mktemp -d)
JSON='Content-Type: application/json'
NDJSON='Content-Type: application/x-ndjson'

# Takes the token of a part; the local stack issues it, elsewhere your provider does.
as() { TOKEN=$(make -s token PART="$1"); }
# Sends a request with that token.
call() { curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" "$@"; }
# Sends it and prints the status alone.
status() { curl -sS -o "$WORK/last" -w '%{http_code}\n' -H "Authorization: Bearer $TOKEN" "$@"; }
# Prints a header out of a file that curl has written with -D.
header() { sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$2"; }
# Prints a part of a JSON answer.
pick() { python3 -c "import json, sys; answer = json.load(sys.stdin); print($1)"; }
# Prints a part of NDJSON: all its lines are a list.
pick_lines() { python3 -c "import json, sys; lines = [*map(json.loads, sys.stdin)]; print($1)"; }
# Repeats a command until it succeeds, for a minute at most.
wait_until() {
  for _ in $(seq 600); do if "$@"; then return; fi; sleep 0.1; done
  echo "Waited in vain for: $*" >&2; return 1
}
# Prints the certificate that holds longest; `make demo` issues some.
find_certificate() {
  as registry
  call "$ATTESTA/v1/certificates?limit=200" | pick \
    'json.dumps(max(answer["items"], key=lambda item: (item["ends_on"], item["issued_at"])))'
}
