"""A portal's receiver: keeps each event once, and proves a day complete; see docs/rosters.md."""

import json
import os
import sqlite3
from hashlib import sha256

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet
from standardwebhooks import Webhook
from starlette.responses import JSONResponse, Response

SITE, TOKEN, ROSTER, SECRET, STORE = os.environ["RECEIVER"].split()
api = httpx.Client(base_url=SITE, headers={"Authorization": f"Bearer {TOKEN}"})
db = sqlite3.connect(STORE, check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE IF NOT EXISTS event (n INTEGER PRIMARY KEY, body BLOB)")


def store(event):
    body = json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    db.execute("REPLACE INTO event VALUES (?, ?)", (int(event["sequence"]), body.encode()))
    return int(event["sequence"])


def poll(after):
    while events := api.get(f"{ROSTER}/events", params={"after": after}).json()["items"]:
        after = max(map(store, events))


async def hook(request):
    try:
        content = Webhook(SECRET).verify(await request.body(), dict(request.headers))
    except Exception:
        return Response(status_code=401)
    if "challenge" in content:
        return JSONResponse(content)
    for event in content if isinstance(content, list) else [content]:
        store(event) if "sequence" in event else None  # a test event has none
    return Response(status_code=204)


def prove(day):  # the day's first number must follow the last of the day before
    keys = KeySet.import_key_set(api.get("/v1/jwks.json").json())
    said = jwt.decode(api.get(f"{ROSTER}/digests/{day}").json()["jws"], keys).claims["digest"]
    for catch_up in (False, True):
        poll(said["first"] - 1) if catch_up else None
        span = (said["first"], said["last"])
        kept = db.execute("SELECT body FROM event WHERE n BETWEEN ? AND ? ORDER BY n", span)
        if sha256(b"".join(sha256(row[0]).digest() for row in kept)).hexdigest() == said["digest"]:
            return True
    return False
