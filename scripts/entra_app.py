#!/usr/bin/env python3
"""Make, or bring up to date, the Entra registration of the API: app roles, the scope of users, the public client of `qlf login`.

    scripts/entra_app.py NAME [--app APPLICATION_ID] [--operator OBJECT_ID|me]...

NAME is the display name; an installation has one. --app names a registration that is there already, whatever its name is. --operator gives
the app role Operator to a user, service principal or managed identity; `me` is who is signed in. What somebody else put into the
registration stays: entries are added, and ours are written only where they differ, so running it again writes nothing. What was made a
moment ago is not known to every part of the directory at once: a call that meets this is made up to twelve times, five seconds apart.
Prints the application id. Needs the Azure CLI, signed in as somebody who may register applications, and nothing but Python itself.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The client id of the Azure CLI, the same in every tenant."""
SCOPE = "access_as_user"
ROLES = {
    "Reader": "May see runs, capsules and previews.",
    "Operator": "May also start and command runs and previews.",
    "Approver": "May also decide what a run asks.",
    "Admin": "May do everything, in every project.",
}
TRIES, PAUSE = 12, 5.0  # seconds between two tries
LATE = (
    "request_resourcenotfound",
    "does not exist or one of its queried reference-property objects are not present",
    "does not reference a valid application object",
    "service principal being created must in the local tenant",
    "permission id that cannot be found in the apppermissions sets",
    "preauthorizedapplication references applications",
    "permission being assigned was not found on application",
    "not a valid reference update",
)
"""What Entra says, in lower case, where it does not know yet what was made a moment ago."""
GIVEN = "permission being assigned already exists"
RUN_AGAIN = "run this again, it goes on where it ended"
REFUSED = f"put that right and {RUN_AGAIN}; it takes somebody who may register applications"
Json = dict[str, Any]
Pause = Callable[[float], None]


class Failed(Exception):  # reads as a sentence
    """What the directory did not do, in words for whoever ran this."""


def main(arguments: list[str], pause: Pause = time.sleep) -> int:
    """Exit code 0 when the registration is as it should be, 1 when it could not be made so, 2 for a wrong call. Tests hand in `pause`."""
    options, az = parse(arguments), AzureCli(pause)
    try:
        app = registration(az, options.name, options.app)
        service = principal(az, app["appId"])
        for who in options.operator:
            give(az, service, role_id(app, "Operator"), signed_in(az) if who == "me" else who)
    except Failed as failure:
        say(str(failure))
        return 1
    print(app["appId"])
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Register the API in Entra, or bring its registration up to date.")
    parser.add_argument("name", type=shaped(r"[^-'][^']*"), help="display name of the registration")
    parser.add_argument("--app", type=shaped(r"[0-9a-fA-F-]+"), help="application id of a registration that is there")
    parser.add_argument("--operator", action="append", default=[], type=shaped(r"me|[0-9a-fA-F-]+"), help="object id, or me")
    return parser.parse_args(arguments)


def shaped(pattern: str) -> Callable[[str], str]:
    """A type of argument: what goes into a query is not taken as it comes."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} is not of the form {pattern}")
        return text

    return check


class AzureCli:
    """The Azure CLI, which is asked again while the directory does not know yet what was made a moment ago."""

    def __init__(self, pause: Pause) -> None:
        self.pause = pause

    def __call__(self, *words: str) -> str:
        """What it prints, without the last line break. Raises `Failed`: at once, except for what `LATE` lists."""
        for tries_left in reversed(range(TRIES)):
            done = self.run(*words)
            if not done.returncode:
                return done.stdout.strip()
            told = done.stderr.strip()
            if not any(sign in told.lower() for sign in LATE):
                raise Failed(f"az {' '.join(words[:3])}: {told[-1000:]}\n{REFUSED}")
            if tries_left:
                say("the directory does not know yet what was made a moment ago; asking again")
                self.pause(PAUSE)
        raise Failed(f"az {' '.join(words[:3])}: {told[-1000:]}\nasked {TRIES} times; if every id is right, {RUN_AGAIN}")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(["az", *words], capture_output=True, text=True, check=False, timeout=120)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"the Azure CLI could not be run: {error}") from error

    def graph(self, method: str, path: str, body: Json | None = None) -> Json:
        """A call of Microsoft Graph; a `path` that is a whole address is called as it is."""
        url = path if path.startswith("https:") else f"{self.address()}/{path}"
        call = ["rest", "--method", method, "--url", url, "--output", "json"]
        if body is not None:
            call += ["--headers", "Content-Type=application/json", "--body", json.dumps(body)]
        return dict(json.loads(self(*call) or "{}"))

    def address(self) -> str:
        return self("cloud", "show", "--query", "endpoints.microsoftGraphResourceId", "--output", "tsv").rstrip("/") + "/v1.0"


def registration(az: AzureCli, name: str, app_id: str | None) -> Json:
    """The application, made where there is none, with everything that the API reads.

    It is read once: what was written is known from here on, while the directory may still show what was there before.
    """
    app_id = app_id or found(az, name) or created(az, name)
    app: Json = json.loads(az("ad", "app", "show", "--id", app_id, "--output", "json"))
    for wanted in (roles_and_scope, trusted_clients):  # a scope must be there before a client can be trusted with it
        change = {key: value for key, value in wanted(app).items() if clean(app.get(key)) != value}
        if change:
            az.graph("PATCH", f"applications/{app['id']}", change)
            app |= change
            say(f"wrote {', '.join(sorted(change))}")
    return app


def found(az: AzureCli, name: str) -> str | None:
    ids = az("ad", "app", "list", "--filter", f"displayName eq '{name}'", "--query", "[].appId", "--output", "tsv").split()
    if len(ids) > 1:
        raise Failed(f"more than one registration is named '{name}'; name yours with --app")
    return ids[0] if ids else None


def created(az: AzureCli, name: str) -> str:
    made = az("ad", "app", "create", "--display-name", name, "--sign-in-audience", "AzureADMyOrg", "--query", "appId", "--output", "tsv")
    say(f"registered '{name}'")
    return made


def roles_and_scope(app: Json) -> Json:
    """What the registration holds besides what is there: identifier, public client, scope, roles."""
    api, client = clean(app.get("api") or {}), clean(app.get("publicClient") or {})
    scopes = merged(api.get("oauth2PermissionScopes") or [], [scope()], "value")
    return {
        "identifierUris": both(app.get("identifierUris") or [], [f"api://{app['appId']}"]),
        "isFallbackPublicClient": True,
        "publicClient": client | {"redirectUris": both(client.get("redirectUris") or [], ["http://localhost"])},
        "api": api | {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": scopes},
        "appRoles": merged(clean(app.get("appRoles") or []), [role(name) for name in ROLES], "value"),
    }


def trusted_clients(app: Json) -> Json:
    """Who may ask for the user's scope without asking the user: the Azure CLI, and `qlf login`, which is the application itself."""
    api = clean(app["api"])
    scope_id = next(one["id"] for one in api["oauth2PermissionScopes"] if one["value"] == SCOPE)
    clients = api.get("preAuthorizedApplications") or []
    held = {client["appId"]: client["delegatedPermissionIds"] for client in clients}
    ours = [{"appId": who, "delegatedPermissionIds": both(held.get(who, []), [scope_id])} for who in (AZURE_CLI, app["appId"])]
    return {"api": api | {"preAuthorizedApplications": merged(clients, ours, "appId")}}


# Fixed ids: the same role is the same role in every installation. One that is there by its name keeps the id that it has.
def scope() -> Json:
    return {
        "id": "8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a10",
        "value": SCOPE,
        "type": "User",
        "isEnabled": True,
        "adminConsentDisplayName": "Use the factory",
        "adminConsentDescription": "Use the factory as the signed-in user, with that user's role.",
        "userConsentDisplayName": "Use the factory",
        "userConsentDescription": "Use the factory as you, with your role.",
    }


def role(name: str) -> Json:
    number = list(ROLES).index(name) + 1
    return {
        "id": f"8f0c0f0e-2f0b-4a56-9a35-0d1c6d3f7a1{number}",
        "value": name,
        "displayName": name,
        "description": ROLES[name],
        "allowedMemberTypes": ["User", "Application"],
        "isEnabled": True,
    }


def merged(have: list[Json], ours: list[Json], key: str) -> list[Json]:
    """Everything that is there, ours brought up to date by `key`, then what is missing."""
    wanted = {one[key]: one for one in ours}
    kept = [one | wanted.get(one[key], {}) | ({"id": one["id"]} if "id" in one else {}) for one in have]
    return kept + [one for one in ours if one[key] not in {each[key] for each in have}]


def both(have: list[str], ours: list[str]) -> list[str]:
    return have + [one for one in ours if one not in have]


def clean(value: Any) -> Any:
    """Without `origin`, which Microsoft Graph gives and does not take, and without the order of member types."""
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, dict):
        kept = {key: clean(one) for key, one in value.items() if key != "origin"}
        return kept | ({"allowedMemberTypes": sorted(kept["allowedMemberTypes"], reverse=True)} if "allowedMemberTypes" in kept else {})
    return value


def role_id(app: Json, name: str) -> str:
    return next(str(one["id"]) for one in app["appRoles"] if one["value"] == name)


def principal(az: AzureCli, app_id: str) -> str:
    """Object id of the application's service principal, made where there is none."""
    there = az("ad", "sp", "list", "--filter", f"appId eq '{app_id}'", "--query", "[0].id", "--output", "tsv")
    if not there:
        there = az("ad", "sp", "create", "--id", app_id, "--query", "id", "--output", "tsv")
        say("made its service principal")
    return there


def signed_in(az: AzureCli) -> str:
    """Object id of whoever the Azure CLI is signed in as."""
    kind, name = json.loads(az("account", "show", "--query", "[user.type, user.name]", "--output", "json"))
    call = ("ad", "signed-in-user", "show") if kind == "user" else ("ad", "sp", "show", "--id", name)
    return az(*call, "--query", "id", "--output", "tsv")


def give(az: AzureCli, service: str, wanted: str, who: str) -> None:
    """Assign an app role once. A try that was called too early may have been heard all the same: the next one is then told so."""
    path = f"servicePrincipals/{service}/appRoleAssignedTo"
    url: str | None = f"{path}?$top=999"
    while url is not None:
        page = az.graph("GET", url)
        if any((one["principalId"], one["appRoleId"]) == (who, wanted) for one in page["value"]):
            return
        url = page.get("@odata.nextLink")
    try:
        az.graph("POST", path, {"principalId": who, "resourceId": service, "appRoleId": wanted})
    except Failed as failure:
        if GIVEN not in str(failure).lower():
            raise
    say(f"gave Operator to {who}")


def say(text: str) -> None:
    print(f"entra_app: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
