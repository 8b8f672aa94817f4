"""`qlf generate`: from a brief to a folder with the app and its capsule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.session import Session
from cli.switches import common, remote

_LATER = {"overlay": "--overlay", "provider": "--provider", "model": "--model"}


@click.command("generate")
@click.argument("brief", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write the app to. Default: ./<name of the app>.")
@click.option("--dry-run", is_flag=True, help="Compile and plan only; show what would and would not be built.")
@click.option("--async", "detached", is_flag=True, help="Start in the background and print the run's id.")
@click.option("--accept-assumptions", is_flag=True, help="Take the default of every open question.")
@click.option("--deploy", type=click.Choice(["none", "preview"]), default="none", help="Start the app when it is built.")
@click.option("--ttl", metavar="DURATION", help="How long the preview lives: 30m, 24h, 3d.")
@click.option("--key", type=click.Path(path_type=Path), help="PEM PKCS#8 key that signs the capsule.")
@click.option("--overlay", multiple=True, help="Compliance overlay (not available yet).")
@click.option("--provider", help="Model provider (not available yet).")
@click.option("--model", help="Model (not available yet).")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@remote
@common
@click.pass_obj
def generate_command(session: Session, /, brief: str | None, **given: Any) -> int:
    """Build, verify and package the application that BRIEF asks for (`-` or nothing reads stdin)."""
    from cli.briefs import read_brief
    from cli.intents import Intents
    from cli.links import endpoint_of

    refuse_later(given)
    endpoint = endpoint_of(session, given["endpoint"])
    options = run_options(session, given)
    key_file = signing_key(given["key"], endpoint)
    target = given["output"].absolute() if given["output"] else None
    check_output(target, options)
    text = readable(read_brief(brief))
    if target is None and not options["dry_run"]:
        target = default_output(text)
        check_output(target, options)
    intent = Intents(session.home).new(text, options, target, endpoint, key_file)
    session.run_id, session.resumable = intent.run_id, True
    if given["detached"]:
        from cli.detach import detach

        return detach(session, intent)
    from cli.drive import drive

    return drive(session, intent, mode=progress_mode(session, given["no_progress"]))


def refuse_later(given: dict[str, Any]) -> None:
    """An option whose feature is not there yet is refused, never ignored. Raises ConfigError QLF8004."""
    from shared.model import ConfigError

    for name, option in _LATER.items():
        if given[name]:
            raise ConfigError("QLF8004", f"{option} is not available yet: apps are built by rule, without overlays and without a model")


def run_options(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """The options of the run; they are part of what its idempotency key stands for."""
    if given["ttl"] and given["deploy"] != "preview":
        raise click.UsageError("--ttl goes with --deploy preview", click.get_current_context())
    if given["dry_run"] and given["deploy"] == "preview":
        raise click.UsageError("--dry-run builds nothing that could be deployed", click.get_current_context())
    options = {
        "accept_assumptions": given["accept_assumptions"] or session.config.get("accept_assumptions") == "yes",
        "dry_run": given["dry_run"],
        "deploy": given["deploy"],
    }
    if given["deploy"] == "preview":
        from shared.preview import parse_ttl

        options["ttl"] = parse_ttl(given["ttl"] or session.config.get("ttl"))
    return options


def signing_key(path: Path | None, endpoint: str) -> str | None:
    """The absolute path of a key that can be used. Raises ConfigError QLF8004, InputError QLF8021 or what the key's reader says."""
    if path is None:
        return None
    from shared.capsule import load_signer
    from shared.model import ConfigError, InputError

    if endpoint:
        raise ConfigError("QLF8004", "--key is for the in-process host: a service signs with its own key")
    try:
        load_signer(path.read_bytes())
    except OSError as error:
        raise InputError("QLF8021", f"{path}: {error.strerror}") from error
    return str(path.absolute())


def check_output(target: Path | None, options: dict[str, Any]) -> None:
    """Before anything else happens: can the result be written where it shall go?"""
    from cli.folder import check

    if target is not None and not options["dry_run"]:
        check(target)


def readable(text: str) -> str:
    """`text`, unless it is empty or larger than any brief may be: then the compiler tells so, and nothing is written down."""
    from shared.brief import MAX_BRIEF_BYTES, compile_brief

    if not text.strip() or len(text.encode()) > MAX_BRIEF_BYTES:
        compile_brief(text)
    return text


def default_output(text: str) -> Path:
    """`./<slug>` of the app that the brief asks for; a brief that cannot be compiled fails here already."""
    from shared.brief import compile_brief

    return Path.cwd() / compile_brief(text).ir.slug


def progress_mode(session: Session, off: bool) -> str:
    return "none" if off or session.output.json else session.config.get("progress")
