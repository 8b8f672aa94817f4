"""`qlf serve`: the API of this machine, in the foreground, with a durable store of its own."""

from __future__ import annotations

import os
import threading

import click

from cli.session import Session
from cli.switches import common


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=7071, show_default=True, help="Port on loopback; 0 lets the system choose.")
@common
@click.pass_obj
def serve_command(session: Session, port: int) -> int:
    """Serve the REST API on loopback until Ctrl-C; unfinished runs of an earlier `serve` go on."""
    from cli.links import start_host, stopping
    from funchost import HubLocked
    from shared.model import ConfigError

    os.environ.setdefault("QLF_METRICS", "1")
    try:
        host = start_host(session.home, session.home.hubs / "serve", port)
    except HubLocked as error:
        raise ConfigError("QLF8014", "another `qlf serve` runs on this data folder") from error
    with stopping(host):
        session.output.data(f"{host.url}/api/v1")
        way_in = f"qlf login --endpoint {host.url}" if os.environ.get("ENTRA_TENANT_ID") else f"token: {session.home.root / 'token'}"
        session.output.say(f"{way_in}; API description: {host.url}/api/v1/openapi.json; end with Ctrl-C")
        session.output.event({"type": "serve.ready", "url": host.url})
        wait_for_end()
    session.output.say("\nstopped; runs that were not finished go on with the next `qlf serve`")
    return 0


def wait_for_end() -> None:
    """Until Ctrl-C or a request to end."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
