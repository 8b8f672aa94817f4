"""A tenant and a vault in a file, behind the few calls of the Azure CLI that our scripts make. It refuses every other call.

Microsoft Graph's rules that matter here are kept: a client can be trusted only with a scope that is there, a role can be given only
where it exists and only once, and what a PATCH leaves out of a collection is gone from it. `late` plays a directory that does not know yet
what was made a moment ago: calls with what each is told once, before it is heard or, if its third word is true, though it was heard. With
`stale`, an application is shown as it was made, whatever was written since.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_TENANT"])
GRAPH = "https://graph.microsoft.com"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
ME = "aaaaaaaa-2222-3333-4444-555555555555"
"""Object id of the user who is signed in."""


def main(words: list[str]) -> str:
    tenant = json.loads(STATE.read_text()) if STATE.exists() else {"apps": [], "services": [], "grants": [], "secrets": {}, "calls": []}
    tenant["calls"].append(words)
    options = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i].startswith("--")}
    verb = " ".join(word for word in words[:3] if not word.startswith("-"))
    late = next((entry for entry in tenant.get("late", []) if entry[0] == verb), None)
    try:
        if late is None:
            return answer(tenant, verb, words, options)
        tenant["late"].remove(late)
        if late[2]:
            answer(tenant, verb, words, options)
        raise SystemExit(late[1])
    finally:
        STATE.write_text(json.dumps(tenant))


def answer(tenant: dict[str, Any], verb: str, words: list[str], options: dict[str, str]) -> str:
    if verb == "cloud show":
        return f"{GRAPH}/"
    if verb == "ad app list":
        return "\n".join(app["appId"] for app in tenant["apps"] if options["--filter"] == f"displayName eq '{app['displayName']}'")
    if verb == "ad app create":
        app = {
            "id": str(uuid.uuid4()),
            "appId": str(uuid.uuid4()),
            "displayName": options["--display-name"],
            "audience": options["--sign-in-audience"],
        }
        tenant["apps"].append(app)
        if tenant.get("stale"):
            tenant["shown"] = dict(app)
        return app["appId"]
    if verb == "ad app show":
        return json.dumps(tenant.get("shown") or next(app for app in tenant["apps"] if app["appId"] == options["--id"]))
    if verb == "ad sp list":
        return next((s["id"] for s in tenant["services"] if options["--filter"] == f"appId eq '{s['appId']}'"), "")
    if verb == "ad sp create":
        service = {"id": str(uuid.uuid4()), "appId": options["--id"]}
        tenant["services"].append(service)
        return service["id"]
    if verb == "account show":
        return json.dumps(tenant.get("signed_in", ["user", "me@example.com"]))
    if verb == "account get-access-token":
        return json.dumps({"accessToken": f"{options['--resource']}/.default|{AZURE_CLI}", "expires_on": 2**31})
    if verb in ("ad signed-in-user show", "ad sp show"):
        return ME if verb == "ad signed-in-user show" else f"{options['--id']}-object"
    if words[0] == "rest":
        return rest(tenant, options)
    if words[:2] == ["keyvault", "secret"]:
        return secret(tenant["secrets"].setdefault(options["--vault-name"], {}), words[2], options)
    raise SystemExit(f"az: not played: {words}")


def secret(vault: dict[str, str], verb: str, options: dict[str, str]) -> str:
    """The vault answers for the one name that is asked for; a list says names and never values."""
    if verb == "list":
        return "\n".join(name for name in vault if options["--query"] == f"[?name=='{name}'].name")
    if verb == "show" and options["--query"] == "value":
        return vault[options["--name"]]
    if verb == "set" and options["--encoding"] == "utf-8":
        vault[options["--name"]] = Path(options["--file"]).read_text()
        return ""
    raise SystemExit(f"az: not played: {verb} {options}")


def rest(tenant: dict[str, Any], options: dict[str, str]) -> str:
    method, path = options["--method"], options["--url"].removeprefix(f"{GRAPH}/v1.0")
    if method == "PATCH":
        return patch(next(a for a in tenant["apps"] if path == f"/applications/{a['id']}"), json.loads(options["--body"]))
    service = next(s for s in tenant["services"] if path.startswith(f"/servicePrincipals/{s['id']}/appRoleAssignedTo"))
    if method == "GET":
        half, second = len(tenant["grants"]) // 2, "skip" in path
        more = {} if second else {"@odata.nextLink": f"{GRAPH}/v1.0/servicePrincipals/{service['id']}/appRoleAssignedTo?$skiptoken=1"}
        return json.dumps({"value": tenant["grants"][half:] if second else tenant["grants"][:half], **more})
    grant = json.loads(options["--body"])
    app = next(a for a in tenant["apps"] if a["appId"] == service["appId"])
    if grant["appRoleId"] not in {role["id"] for role in app["appRoles"]} or grant["resourceId"] != service["id"]:
        raise SystemExit("az: no such role")
    if any(grant.items() <= known.items() for known in tenant["grants"]):
        raise SystemExit("az: Permission being assigned already exists on the object")
    tenant["grants"].append(grant | {"id": str(uuid.uuid4())})
    return json.dumps(tenant["grants"][-1])


def patch(app: dict[str, Any], body: dict[str, Any]) -> str:
    """Collections are replaced as a whole; `origin` is written by the directory alone, and an enabled role or scope cannot be left out."""
    if '"origin"' in json.dumps(body):
        raise SystemExit("az: Property 'origin' is read-only")
    changed = app | body | {"api": app.get("api", {}) | body.get("api", {})}
    for kind, before, after in (
        ("role", app.get("appRoles", []), changed.get("appRoles", [])),
        ("scope", app.get("api", {}).get("oauth2PermissionScopes", []), changed["api"].get("oauth2PermissionScopes", [])),
    ):
        if {one["id"] for one in before if one["isEnabled"]} - {one["id"] for one in after}:
            raise SystemExit(f"az: CannotDeleteOrUpdateEnabledEntitlement: a {kind} must be disabled before it is removed")
        if len({one["value"] for one in after}) != len(after):
            raise SystemExit(f"az: a {kind} of this value exists")
    scopes = {scope["id"] for scope in changed["api"].get("oauth2PermissionScopes", [])}
    trusted = [i for client in changed["api"].get("preAuthorizedApplications", []) for i in client["delegatedPermissionIds"]]
    if not set(trusted) <= scopes:
        raise SystemExit("az: a client is trusted with a scope that does not exist")
    app.update(changed)
    app["appRoles"] = [role | {"origin": "Application"} for role in app.get("appRoles", [])]
    return ""


if __name__ == "__main__":
    told = main(sys.argv[1:])
    sys.stdout.write(f"{told}\n" if told else "")
