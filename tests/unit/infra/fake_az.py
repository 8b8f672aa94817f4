"""A tenant and a vault in a file, behind the few calls of the Azure CLI that our scripts make. It refuses every other call.

Microsoft Graph's rules that matter here are kept: a client can be trusted only with a scope that is there, a role can be given only
where it exists and only once.
"""

from __future__ import annotations

import json
import os
import re
import sys
import uuid
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_TENANT"])
GRAPH = "https://graph.microsoft.com"


def main(words: list[str]) -> str:
    tenant = json.loads(STATE.read_text()) if STATE.exists() else {"apps": [], "services": [], "grants": [], "secrets": {}, "calls": []}
    tenant["calls"].append(words)
    options = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i].startswith("--")}
    try:
        return answer(tenant, words, options)
    finally:
        STATE.write_text(json.dumps(tenant))


def answer(tenant: dict[str, Any], words: list[str], options: dict[str, str]) -> str:
    verb = " ".join(word for word in words[:3] if not word.startswith("-"))
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
        return app["appId"]
    if verb == "ad app show":
        return next(app["id"] for app in tenant["apps"] if app["appId"] == options["--id"])
    if verb == "ad sp list":
        return next((s["id"] for s in tenant["services"] if options["--filter"] == f"appId eq '{s['appId']}'"), "")
    if verb == "ad sp create":
        service = {"id": str(uuid.uuid4()), "appId": options["--id"]}
        tenant["services"].append(service)
        return service["id"]
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
        app = next(a for a in tenant["apps"] if path == f"/applications/{a['id']}")
        body = json.loads(options["--body"])
        app["api"] = app.get("api", {}) | body.pop("api", {})
        app.update(body)
        scopes = {scope["id"] for scope in app["api"].get("oauth2PermissionScopes", [])}
        trusted = [i for client in app["api"].get("preAuthorizedApplications", []) for i in client["delegatedPermissionIds"]]
        if not set(trusted) <= scopes:
            raise SystemExit("az: a client is trusted with a scope that does not exist")
        return ""
    service = next(s for s in tenant["services"] if path.startswith(f"/servicePrincipals/{s['id']}/appRoleAssignedTo"))
    if method == "GET":
        who, role = re.findall(r"=='([^']+)'", options["--query"])
        return "\n".join(g["id"] for g in tenant["grants"] if (g["principalId"], g["appRoleId"]) == (who, role))
    grant = json.loads(options["--body"])
    app = next(a for a in tenant["apps"] if a["appId"] == service["appId"])
    if grant["appRoleId"] not in {role["id"] for role in app["appRoles"]} or grant["resourceId"] != service["id"]:
        raise SystemExit("az: no such role")
    if any(grant.items() <= known.items() for known in tenant["grants"]):
        raise SystemExit("az: Permission being assigned already exists on the object")
    tenant["grants"].append(grant | {"id": str(uuid.uuid4())})
    return ""


if __name__ == "__main__":
    told = main(sys.argv[1:])
    sys.stdout.write(f"{told}\n" if told else "")
