"""`qlf deploy`: a capsule that was verified just now, brought to where it shall run, by the owner's own tools."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from cli.session import Session
from cli.switches import common


@click.command("deploy")
@click.argument("capsule", type=click.Path(path_type=Path))
@click.option("--target", type=click.Choice(["compose", "container-apps", "kubernetes"]), required=True, help="Where it shall run.")
@click.option("--env-file", type=click.Path(path_type=Path), help="NAME=value lines: SECRET_KEY, DATABASE_URL and more.")
@click.option("--image", help="kubernetes: NAME:TAG or NAME@DIGEST of an image that is pushed; container-apps: REGISTRY/NAME:TAG to build.")
@click.option("--host", metavar="NAME", help="kubernetes: the DNS name that the ingress answers for; without it there is no ingress.")
@click.option("--ingress-class", metavar="CLASS", help="kubernetes: the ingress class. Default: the one of the manifest, nginx.")
@click.option("--issuer", metavar="NAME", help="kubernetes: cert-manager's ClusterIssuer. Default: the one of the manifest, letsencrypt.")
@click.option("--resource-group", help="container-apps: the resource group.")
@click.option("--environment", help="container-apps: the resource id of the environment.")
@click.option("--pull-identity", help="container-apps: the resource id of the identity that pulls the image.")
@click.option("--key", type=click.Path(path_type=Path), help="The signer's public key (PEM). Default: the keys of the data folder.")
@click.option("--dry-run", is_flag=True, help="Show the steps; do none.")
@common
@click.pass_obj
def deploy_command(session: Session, /, capsule: Path, target: str, key: Path | None, dry_run: bool, **given: Any) -> int:
    """Verify CAPSULE, then deploy its app with docker, az or kubectl."""
    from cli.deploying.plan import App, Choices
    from cli.deploying.steps import perform, require
    from cli.deploying.targets import plan_of, read_variables

    files, manifest, digest = verified(session, capsule, key)
    env_file = given.pop("env_file")
    named = str(env_file.absolute()) if env_file else None
    app = App(manifest.slug, manifest.version, digest, files)
    plan = plan_of(target, app, Choices(variables=read_variables(env_file), env_file=named, **given))
    for note in plan.notes:
        session.output.say(note)
    if dry_run:
        for line in plan.as_script():
            session.output.data(line)
    else:
        require(plan.steps)
        with tempfile.TemporaryDirectory(prefix="qlf-deploy-") as folder:
            lay_out(Path(folder), {**files, **{path: text.encode() for path, text in plan.beside.items()}})
            perform(plan.steps, Path(folder), session.output)
        session.output.data(f"{app.name} {app.version}: deployed to {target}")
    session.output.data(f"next: {plan.then}")
    session.output.result("deploy", 0, digest=digest, deployment={"target": target, "dry_run": dry_run, **plan.as_json()})
    return 0


def verified(session: Session, file: Path, key: Path | None) -> tuple[dict[str, bytes], Any, str]:
    """The capsule's sources, manifest and digest. Raises CapsuleError with the first check that failed."""
    from cli.commands.capsules import bundles_beside, read_file
    from shared.capsule import known_keys, load_public_key, read_archive, read_manifest, verify_capsule
    from shared.model import CapsuleError

    data = read_file(file)
    keys = [load_public_key(read_file(key))] if key else known_keys(session.home.root)
    report = verify_capsule(data, bundles_beside(file), keys)
    failed = next((check for check in report.checks if check.outcome == "fail"), None)
    if failed is not None or not report.ok:
        raise CapsuleError(failed.code if failed else "QLF5010", f"{failed.name}: {failed.detail}" if failed else file.name)
    session.output.say(f"{file.name}: verified, sha256:{report.digest}")
    archive = read_archive(data)
    sources = {path.removeprefix("source/"): entry.data for path, entry in archive.items() if path.startswith("source/")}
    return sources, read_manifest(archive["manifest.json"].data), report.digest


def lay_out(folder: Path, files: dict[str, bytes]) -> None:
    """Write sources for the tools to read. The archive's paths were checked when it was verified."""
    from cli.folder import safe

    for path, data in files.items():
        place = folder / safe(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(0o755 if path.endswith(".sh") else 0o644)
