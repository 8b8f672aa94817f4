"""Check a deployment from outside: "succeeded" proves nothing until the functions are there and a brief comes out as a capsule.

Four steps: the functions that Azure lists are those of this checkout; the app is healthy; a call without a token is turned away; one
brief runs to its capsule over the REST API. Signs in as the Azure CLI is signed in (in a pipeline: azure/login); the caller needs the
app role Operator. Exit code 0 when all hold, 1 when one does not, 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from cli.client import Api  # noqa: E402
from shared.model import QlfError  # noqa: E402

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

BRIEF = "A library lends books to members. Members reserve books. Librarians manage loans."
API_VERSION = "2024-11-01"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
Pause = Callable[[float], None]


class Failed(Exception):  # reads as a sentence
    """A step that does not hold, in words for whoever deployed."""


def main(arguments: list[str], credential: TokenCredential | None = None, pause: Pause = time.sleep) -> int:
    """Run the four steps; `credential` and `pause` are handed in by tests."""
    options = parse(arguments)
    who = credential or signed_in()
    steps: list[tuple[str, Callable[[], str]]] = [
        ("functions", lambda: functions(options, who, pause)),
        ("health", lambda: health(options.url, options.polls, pause)),
        ("door", lambda: door(options.url)),
        ("brief", lambda: brief(options, who, pause)),
    ]
    for name, step in steps:
        try:
            print(f"{name}: {step()}")
        except Failed as failure:
            print(f"{name}: FAILED: {failure}", file=sys.stderr)
            return 1
        except (httpx2.HTTPError, QlfError) as error:
            print(f"{name}: FAILED: {error}", file=sys.stderr)
            return 1
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check a deployment from outside.")
    parser.add_argument("--url", required=True, type=secure, help="address of the app, https://…")
    parser.add_argument("--site-id", required=True, help="resource id of the Function App")
    parser.add_argument("--client-id", required=True, help="application id of the API in Entra")
    parser.add_argument("--arm", default="https://management.azure.com", type=secure, help="Azure Resource Manager of this cloud")
    parser.add_argument("--polls", default=120, type=int, help="how often to ask, ten seconds apart, before giving up")
    return parser.parse_args(arguments)


def secure(url: str) -> str:
    """Tokens travel to this address: TLS, or this machine."""
    address = urlsplit(url)
    if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK):
        raise argparse.ArgumentTypeError(f"{url} is neither https nor loopback")
    return url.rstrip("/")


def signed_in() -> TokenCredential:
    from azure.identity import AzureCliCredential

    return AzureCliCredential()


def functions(options: argparse.Namespace, who: TokenCredential, pause: Pause) -> str:
    """Compare Azure's list with the one of this checkout, until they agree or the patience is over."""
    wanted, found = expected(), set[str]()
    for _ in range(options.polls):
        found = deployed(options.arm, options.site_id, who)
        if found == wanted:
            return f"{len(found)} of {len(wanted)} are there"
        pause(10)
    missing, more = sorted(wanted - found), sorted(found - wanted)
    raise Failed(f"missing: {', '.join(missing) or 'none'}; not ours: {', '.join(more) or 'none'}. Deploy again; see docs/azure/deploy.md.")


@functools.cache
def expected() -> frozenset[str]:
    """The functions of this checkout, as the worker finds them."""
    command = [sys.executable, "-m", "funchost", str(ROOT), "--list", "--strict"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise Failed(f"this checkout does not load: {done.stderr.strip()[-500:]}")
    return frozenset(json.loads(done.stdout)["functions"])


def deployed(arm: str, site: str, who: TokenCredential) -> set[str]:
    """The names that Azure Resource Manager lists, every page of them."""
    names: set[str] = set()
    url: str | None = f"{arm}/{site.strip('/')}/functions?api-version={API_VERSION}"
    with httpx2.Client(headers={"Authorization": f"Bearer {who.get_token(f'{arm}/.default').token}"}, timeout=60) as http:
        while url is not None:
            answer = http.get(url)
            if answer.status_code != 200:
                raise Failed(f"Azure Resource Manager answered {answer.status_code} to the list of functions")
            body = answer.json()
            names |= {str(item["name"]).rsplit("/", 1)[-1] for item in body["value"]}
            url = body.get("nextLink")
            if url is not None and urlsplit(url).netloc != urlsplit(arm).netloc:
                raise Failed("the list of functions goes on at another host")
    return names


def health(url: str, polls: int, pause: Pause) -> str:
    """Alive, and every store answers."""
    told = ""
    for _ in range(polls):
        try:
            answer = httpx2.get(f"{url}/api/v1/health/readiness", timeout=30)
            if answer.status_code == 200:
                return f"ready ({', '.join(answer.json()['checks'])})"
            told = f"HTTP status {answer.status_code}: {answer.text[:300]}"
        except httpx2.HTTPError as error:
            told = str(error) or type(error).__name__
        pause(10)
    raise Failed(f"not ready: {told}")


def door(url: str) -> str:
    """Without a token there is nothing to see."""
    answer = httpx2.get(f"{url}/api/v1/runs", timeout=30)
    if answer.status_code != 401:
        raise Failed(f"a call without a token was answered with {answer.status_code}, not 401: take the app off the network")
    return "shut"


def brief(options: argparse.Namespace, who: TokenCredential, pause: Pause) -> str:
    """One run, from the brief to the bytes of its capsule, which verifies."""
    with Api(options.url, lambda: who.get_token(f"api://{options.client_id}/.default").token) as api:
        run = api.post("/runs", {"brief": BRIEF, "options": {"accept_assumptions": True}}, key=f"check-{uuid.uuid4()}")
        for _ in range(options.polls):
            run = api.run(run["id"])
            if run["status"] in ("completed", "failed", "cancelled", "blocked"):
                break
            pause(10)
        return capsule_of(api, run)


def capsule_of(api: Api, run: dict[str, Any]) -> str:
    if run["status"] != "completed":
        raise Failed(f"run {run['id']} is {run['status']}, not completed")
    capsules = api.items("/capsules", run_id=run["id"])
    if len(capsules) != 1:
        raise Failed(f"run {run['id']} is completed, but has {len(capsules)} capsules")
    address = f"/capsules/{capsules[0]['id']}"
    size = len(api.content(f"{address}/download"))
    if not size:
        raise Failed(f"capsule {capsules[0]['id']} is empty")
    if api.post(f"{address}/actions/verify").get("verified") is not True:
        raise Failed(f"capsule {capsules[0]['id']} does not verify: is the signing key of the vault the one that the app has?")
    return f"run {run['id']} is completed, its capsule has {size} bytes and verifies"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
