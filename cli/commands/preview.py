"""`qlf preview`: running capsules. A preview ends by itself at its time, whether or not any `qlf` runs."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from cli.session import Session
from cli.switches import common, remote

if TYPE_CHECKING:
    from cli.client import Api

Preview = dict[str, Any]
_PATIENCE = 300.0
_PAUSE = 0.25


@click.group("preview")
def preview_command() -> None:
    """Run capsules for a while: create, list, status, logs, extend, delete."""


@preview_command.command("create")
@click.argument("target", metavar="RUN|CAPSULE")
@click.option("--ttl", metavar="DURATION", help="How long it lives: 30m, 24h, 3d.")
@remote
@common
@click.pass_obj
def create(session: Session, target: str, ttl: str | None, endpoint: str | None) -> int:
    """Start the app of a run or capsule and print its URL once it answers."""
    from cli.links import endpoint_of, reading
    from shared.preview import parse_ttl

    lifetime = parse_ttl(ttl or session.config.get("ttl"))
    with reading(session, endpoint_of(session, endpoint)) as api:
        capsule = capsule_of(api, target)
        session.output.say(f"starting {capsule}")
        preview = wait_until_settled(api, api.post(f"/capsules/{quote(capsule, safe='')}/previews", {"ttl": lifetime}))
    return settled(session, preview)


def capsule_of(api: Api, target: str) -> str:
    """The capsule's id: as named, or the run's. Raises InputError QLF7007."""
    from shared.model import InputError, is_id

    if not is_id("run", target):
        return target
    found = api.items("/capsules", run_id=target)
    if not found:
        api.run(target)
        raise InputError("QLF7007", f"{target} has no capsule")
    return str(found[0]["id"])


def wait_until_settled(api: Api, preview: Preview) -> Preview:
    """The preview once it is no longer deploying; as it is when the patience ends."""
    deadline = time.monotonic() + _PATIENCE
    while preview.get("status") == "deploying" and time.monotonic() < deadline:
        time.sleep(_PAUSE)
        preview = api.get(f"/previews/{preview['id']}")
    return preview


def settled(session: Session, preview: Preview) -> int:
    """Print the one URL of a ready preview; anything else is a failure with the reason."""
    if preview.get("status") == "ready" and preview.get("url"):
        session.output.data(str(preview["url"]))
        session.output.say(f"{preview['id']} until {preview.get('expires_at')}; end it with: qlf preview delete {preview['id']}")
        say_login(session, str(preview["id"]))
        session.output.result("preview", 0, run_id=preview.get("run_id"), preview=preview)
        return 0
    from cli.entry import error_body

    reason = str(preview.get("reason") or f"it is {preview.get('status')}")
    session.output.say(f"qlf: the preview did not come up: {reason} (QLF8027)\n     see: qlf preview logs {preview.get('id')}")
    session.output.result("preview", 1, run_id=preview.get("run_id"), preview=preview, error=error_body("QLF8027", reason, 1))
    return 1


def say_login(session: Session, preview_id: str) -> None:
    """Tell whoever may read the data folder how to sign in; a preview that runs elsewhere keeps its password there."""
    from shared.model import InputError
    from shared.preview import LocalPreviews
    from shared.runner import Environments

    root = session.home.root
    with contextlib.suppress(InputError):
        login = LocalPreviews(root, Environments(root / "envs")).login(preview_id)
        session.output.say(f"sign in as {login.email} with the password {login.password}")


@preview_command.command("list")
@remote
@common
@click.pass_obj
def list_all(session: Session, endpoint: str | None) -> int:
    """List the previews, newest first."""
    from cli.links import endpoint_of, reading

    with reading(session, endpoint_of(session, endpoint)) as api:
        found = api.items("/previews")
    for preview in found:
        session.output.data(line_of(preview))
    if not found:
        session.output.say("no previews; start one with: qlf preview create RUN")
    session.output.result("preview", 0, previews=found)
    return 0


def line_of(preview: Preview) -> str:
    """A preview on one line."""
    url, reason = preview.get("url") or "-", preview.get("reason") or ""
    return f"{preview['id']}  {preview['status']:<10}  {url:<28}  until {preview.get('expires_at')}  {reason}".rstrip()


@preview_command.command("status")
@click.argument("preview")
@remote
@common
@click.pass_obj
def status(session: Session, preview: str, endpoint: str | None) -> int:
    """Show one preview."""
    from cli.links import endpoint_of, reading

    with reading(session, endpoint_of(session, endpoint)) as api:
        found = api.get(path_of(preview))
    if found.get("status") == "ready":
        say_login(session, str(found["id"]))
    return show(session, found)


@preview_command.command("logs")
@click.argument("preview")
@remote
@common
@click.pass_obj
def logs(session: Session, preview: str, endpoint: str | None) -> int:
    """Print what the app wrote."""
    from cli.links import endpoint_of, reading

    with reading(session, endpoint_of(session, endpoint)) as api:
        text = api.content(f"{path_of(preview)}/logs").decode("utf-8", "replace")
    for line in text.splitlines():
        session.output.data(line)
    session.output.result("preview", 0, logs=text)
    return 0


@preview_command.command("extend")
@click.argument("preview")
@click.option("--ttl", required=True, metavar="DURATION", help="How long it lives from now on: 30m, 24h, 3d.")
@remote
@common
@click.pass_obj
def extend(session: Session, preview: str, ttl: str, endpoint: str | None) -> int:
    """Move the end of a preview."""
    from cli.links import endpoint_of, reading
    from shared.preview import parse_ttl

    lifetime = parse_ttl(ttl)
    with reading(session, endpoint_of(session, endpoint)) as api:
        return show(session, api.post(f"{path_of(preview)}/actions/extend", {"ttl": lifetime}))


@preview_command.command("delete")
@click.argument("preview")
@remote
@common
@click.pass_obj
def delete(session: Session, preview: str, endpoint: str | None) -> int:
    """End a preview now and free its port and processes."""
    from cli.links import endpoint_of, reading

    with reading(session, endpoint_of(session, endpoint)) as api:
        return show(session, api.post(f"{path_of(preview)}/actions/destroy"))


def path_of(preview: str) -> str:
    return f"/previews/{quote(preview, safe='')}"


def show(session: Session, preview: Preview) -> int:
    session.output.data(line_of(preview))
    session.output.result("preview", 0, run_id=preview.get("run_id"), preview=preview)
    return 0
