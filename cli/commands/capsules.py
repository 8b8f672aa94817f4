"""`qlf verify` and `qlf extract`: capsules, offline. Both need no host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.session import Session
from cli.switches import common


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", type=click.Path(path_type=Path), help="The signer's public key (PEM). Default: the keys of the data folder.")
@common
@click.pass_obj
def verify_command(session: Session, file: Path, key: Path | None) -> int:
    """Check the capsule FILE and the bundles beside it; exit code 6 when any check fails."""
    from shared.capsule import known_keys, load_public_key, verify_capsule

    data = read_file(file)
    keys = [load_public_key(read_file(key))] if key else known_keys(session.home.root)
    report = verify_capsule(data, bundles_beside(file), keys)
    for check in report.checks:
        told = f"  {check.detail} ({check.code})" if check.outcome == "fail" else ""
        session.output.data(f"{check.outcome:<5} {check.name}{told}")
    session.output.data(f"sha256:{report.digest}" if report.digest else "no digest: the archive could not be read")
    session.output.data(f"{file.name}: {'verified' if report.ok else 'NOT verified'}")
    code = 0 if report.ok else 6
    checks = [{"name": c.name, "outcome": c.outcome, "code": c.code, "detail": c.detail} for c in report.checks]
    session.output.result("verify", code, digest=report.digest or None, checks=checks, error=first_failure(report, code))
    return code


def first_failure(report: Any, code: int) -> dict[str, Any] | None:
    """The `error` of the result line."""
    from cli.entry import error_body

    failed = next((check for check in report.checks if check.outcome == "fail"), None)
    return error_body(failed.code, f"{failed.name}: {failed.detail}", code) if failed else None


def bundles_beside(file: Path) -> dict[str, bytes]:
    """The `*.sigstore.json` files that belong to a capsule by name: those that begin with its stem and a dot."""
    stem = file.name.removesuffix(".qlcapsule")
    found = sorted(path for path in file.parent.iterdir() if path.name.startswith(f"{stem}.") and path.name.endswith(".sigstore.json"))
    return {path.name: read_file(path) for path in found}


@click.command("extract")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@common
@click.pass_obj
def extract_command(session: Session, file: Path, folder: Path) -> int:
    """Unpack the capsule FILE into FOLDER, which must be new or empty. Does not check signatures: see `qlf verify`."""
    from shared.capsule import extract

    written = extract(read_file(file), folder)
    session.output.data(f"{len(written)} files in {folder}")
    session.output.result("extract", 0, paths={"output": str(folder.absolute()), "capsule": None, "bundles": [], "files": len(written)})
    return 0


def read_file(path: Path) -> bytes:
    """The bytes of a file, at most what a capsule may hold. Raises InputError QLF8021, CapsuleError QLF5004."""
    from shared.capsule import LIMITS
    from shared.model import CapsuleError, InputError

    try:
        if not path.is_file():
            raise InputError("QLF8021", f"{path} is not a file")
        if path.stat().st_size > LIMITS.tar_bytes:
            raise CapsuleError("QLF5004", f"{path}: {path.stat().st_size} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InputError("QLF8021", f"{path}: {error.strerror}") from error
