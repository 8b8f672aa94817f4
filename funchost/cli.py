"""The command line: `python -m funchost DIR`."""

import argparse
import gc
import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from funchost.errors import HostError, LintFailed

_IDLE = "announced but left idle: this host runs HTTP, timer and durable triggers only"
_SERVED = {"httpTrigger", "timerTrigger", "orchestrationTrigger", "activityTrigger"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the host until a signal; 0 when it ended well, 1 when it could not start."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    try:
        if options.list:
            return _list(options)
        return _reload(options, given) if options.reload else _serve(options)
    except HostError as error:
        print(error.diagnostics(), file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m funchost",
        allow_abbrev=False,
        description="Serve the Azure function app in DIR: HTTP, timer and durable functions, with nothing but Python.",
        epilog="Data lies under FUNCHOST_HOME; without it, in a folder of the user's state directory that belongs to this app and port. "
        "PYTHON_THREADPOOL_THREAD_COUNT bounds the threads for 'def' functions.",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", help="the folder with function_app.py and host.json")
    parser.add_argument("--port", type=int, default=7071, help="port to listen on; 0 lets the system choose (default: 7071)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--strict", action="store_true", help="turn warnings and the traps of Durable Functions into errors with a code")
    parser.add_argument("--list", action="store_true", help="print the functions and their bindings as JSON and exit")
    parser.add_argument("--reload", action="store_true", help="start anew when a source or settings file in DIR changes")
    parser.add_argument("--parent", type=int, metavar="PID", help=argparse.SUPPRESS)  # end when this process does
    parser.add_argument("--quiet", action="store_true", help="no log line per invocation, only warnings and errors")
    parser.add_argument("--body-limit", type=int, metavar="BYTES", help="largest request body (default: 104857600)")
    return parser


def _list(options: argparse.Namespace) -> int:
    from funchost.loading import load_app

    app = load_app(options.dir)
    if options.strict and app.warnings:
        raise LintFailed(list(app.warnings))
    for warning in app.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(json.dumps({"functions": {f.name: f.listing() for f in app.functions}}, indent=1))
    return 0


def _home(options: argparse.Namespace) -> Path:
    chosen = os.environ.get("FUNCHOST_HOME")
    if chosen:
        return Path(chosen)
    app = options.dir.resolve()
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "funchost" / f"{app.name}-{hashlib.sha256(str(app).encode()).hexdigest()[:8]}-{options.port}"


def _reload(options: argparse.Namespace, given: list[str]) -> int:
    from funchost.reload import serve_and_reload

    return serve_and_reload(options.dir, options.host, options.port, given)


def _serve(options: argparse.Namespace) -> int:
    from funchost.host import EmbeddedHost
    from funchost.logs import lines

    write = lines()
    sink = (lambda entry: write(entry) if entry["level"] != "info" else None) if options.quiet else write
    limit = os.environ.get("FUNCHOST_STORE_LIMIT", "")
    host = EmbeddedHost(
        options.dir,
        _home(options),
        port=options.port,
        host=options.host,
        management=True,
        strict=options.strict,
        log=sink,
        body_limit=options.body_limit,
        store_limit=int(limit) if limit.isdecimal() else None,
    )
    stop = threading.Event()
    _on_signal(stop)
    host.start()
    gc.freeze()  # what is loaded stays
    gc.set_threshold(20_000, 20, 20)
    _welcome(host)
    while not stop.wait(1.0 if options.parent else 3600):
        if options.parent and os.getppid() != options.parent:
            break
    host.stop(1.4)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # a hanging activity's thread must not keep the process


def _on_signal(stop: threading.Event) -> None:
    def handle(_number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)


def _welcome(host: "EmbeddedHost") -> None:  # type: ignore[name-defined]  # noqa: F821
    app = host.app
    print(f"funchost serves {app.directory} at {host.url} (data in {host.home})")
    for route, methods, name in host.routes:
        print(f"  http          {','.join(methods) or 'any':<16} {route}  -> {name}")
    for function in app.functions:
        if function.kind == "httpTrigger":
            continue
        note = "" if function.kind in _SERVED else f"  ({_IDLE})"
        print(f"  {function.kind.removesuffix('Trigger'):<13} {function.trigger.get('schedule', ''):<16} {function.name}{note}")
    print(f"  management    any              /runtime/webhooks/durabletask\nready: {len(app.functions)} functions", flush=True)
