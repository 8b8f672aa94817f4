"""`qlf login`, `qlf logout`, `qlf whoami`: who the caller is to a service."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from cli.session import Session
from cli.switches import common


def _endpoint(function: Any) -> Any:
    return click.option("--endpoint", metavar="URL", help="The service; without it the one of the settings, or this machine.")(function)


@click.command("login")
@_endpoint
@click.option("--device-code", is_flag=True, help="Type a code in any browser instead of opening one here.")
@common
@click.pass_obj
def login_command(session: Session, endpoint: str | None, device_code: bool) -> int:
    """Sign in with Entra ID for a service, and keep the sign-in."""
    from cli.identity import sign_in
    from cli.identity.cache import token_cache
    from cli.identity.ways import Ways, way_to
    from cli.links import endpoint_of

    address = endpoint_of(session, endpoint)
    way = way_to(address)
    session.output.say(f"signing in at {way.authority}, tenant {way.tenant}, for {way.scope}")
    encrypted = bool(token_cache(session.home).is_encrypted)
    if not encrypted:
        session.output.say(f"note: there is no keyring here; the sign-in is kept in {session.home.root / 'entra'}, readable by you alone")
    if device_code or not sign_in.has_browser():
        granted = sign_in.by_device_code(session.home, way, lambda flow: _tell(session, flow))
    else:
        session.output.say("a browser opens; sign in there")
        granted = sign_in.by_browser(session.home, way)
    Ways(session.home).keep(address, replace(way, account=granted.account))
    session.output.data(f"signed in as {granted.name or granted.id}")
    known = {"id": granted.id, "name": granted.name, "tenant": granted.tenant}
    session.output.result("login", 0, identity={**known, "endpoint": address or None, "kept_in": "keyring" if encrypted else "file"})
    return 0


def _tell(session: Session, flow: dict[str, Any]) -> None:
    data = {name: flow[name] for name in ("user_code", "verification_uri", "expires_in") if name in flow}
    session.output.event({"type": "login.device_code", "data": data})
    session.output.say(f"open {flow['verification_uri']} in a browser and enter the code {flow['user_code']}")


@click.command("logout")
@_endpoint
@common
@click.pass_obj
def logout_command(session: Session, endpoint: str | None) -> int:
    """Forget the sign-in for a service; without a service, all of them. Needs no network."""
    from cli.identity.cache import forget, token_cache
    from cli.identity.ways import Ways, name_of
    from cli.links import endpoint_of

    ways = Ways(session.home)
    found = ways.all()
    address = endpoint_of(session, endpoint) if endpoint else ""
    leaving = {key: way for key, way in found.items() if not endpoint or key == name_of(address)}
    staying = {(way.client_id, way.account) for key, way in found.items() if key not in leaving}
    for key, way in leaving.items():
        if (way.client_id, way.account) not in staying:
            forget(token_cache(session.home), way.client_id, way.account)
        ways.keep(key, None)
    session.output.data(f"signed out of {', '.join(key or 'this machine' for key in leaving)}" if leaving else "there was no sign-in")
    session.output.result("logout", 0, identity={"signed_out": sorted(leaving)})
    return 0


@click.command("whoami")
@_endpoint
@common
@click.pass_obj
def whoami_command(session: Session, endpoint: str | None) -> int:
    """Show who the service takes you for: role, projects, tenant."""
    from cli.links import endpoint_of, reading

    address = endpoint_of(session, endpoint)
    with reading(session, address) as api:
        me = api.get("/whoami")
    projects = me.get("projects")
    session.output.data(f"{me.get('name') or me.get('id')} ({me.get('kind')})")
    session.output.data(f"id        {me.get('id')}")
    session.output.data(f"tenant    {me.get('tenant') or '-'}")
    session.output.data(f"role      {me.get('role') or 'none: ask an administrator for an app role'}")
    session.output.data(f"projects  {'all' if projects is None else ', '.join(projects) or 'none'}")
    session.output.result("whoami", 0, identity={**me, "endpoint": address or None})
    return 0
