"""scripts/signing_key.sh: a key that the program signs with, made once, and never in a place where others read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.capsule import load_public_key, load_signer, pem_text
from shared.settings import Settings
from shared.wiring import configured_signer

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts" / "signing_key.sh"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which the script calls, is not installed")


class Vault:
    """A vault in a file, and the Azure CLI that leads to it."""

    def __init__(self, folder: Path) -> None:
        self.file, self.scratch = folder / "tenant.json", folder / "scratch"
        self.scratch.mkdir()
        az = folder / "bin" / "az"
        az.parent.mkdir()
        az.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{Path(__file__).parent / "fake_az.py"}" "$@"\n')
        az.chmod(0o755)
        self.env = {"PATH": f"{az.parent}:{os.environ['PATH']}", "FAKE_TENANT": str(self.file), "TMPDIR": str(self.scratch)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(SCRIPT), *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=60)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found

    @property
    def value(self) -> str:
        found: str = self.state["secrets"]["kv-factory-x"]["signing-key"]
        return found


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def test_the_app_signs_with_what_lies_in_the_vault_and_the_printed_half_verifies(vault: Vault) -> None:
    done = vault.run("kv-factory-x")
    assert done.returncode == 0, done.stderr
    assert "\n" not in vault.value
    key = configured_signer(Settings(signing_key=None, signing_key_pem=vault.value))
    assert key is not None
    assert load_public_key(done.stdout.encode()).hint == key.public.hint


def test_a_key_that_is_there_stays(vault: Vault) -> None:
    first = vault.run("kv-factory-x")
    before = vault.value
    second = vault.run("kv-factory-x")
    assert (second.returncode, second.stdout) == (0, first.stdout), second.stderr
    assert vault.value == before


def test_a_key_that_somebody_put_there_as_pem_is_told_too(vault: Vault) -> None:
    vault.run("kv-factory-x")
    state = vault.state
    pem = pem_text(vault.value).decode()
    state["secrets"]["kv-factory-x"]["signing-key"] = pem
    vault.file.write_text(json.dumps(state))
    done = vault.run("kv-factory-x")
    assert load_public_key(done.stdout.encode()).hint == load_signer(pem.encode()).public.hint


def test_it_is_replaced_only_when_asked(vault: Vault) -> None:
    first = vault.run("kv-factory-x")
    second = vault.run("kv-factory-x", "--renew")
    assert second.returncode == 0, second.stderr
    assert second.stdout != first.stdout
    assert load_public_key(second.stdout.encode()).hint == load_signer(pem_text(vault.value)).public.hint


def test_the_private_half_is_in_no_command_no_output_and_no_file(vault: Vault) -> None:
    done = vault.run("kv-factory-x")
    secret = pem_text(vault.value).decode().splitlines()[1]
    said = done.stdout + done.stderr + json.dumps(vault.state["calls"])
    assert secret not in said
    assert vault.value[40:80] not in said
    assert list(vault.scratch.iterdir()) == []


def test_a_refusal_of_the_vault_ends_the_script_and_leaves_nothing(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "bin" / "az").write_text("#!/bin/sh\necho 'Forbidden' >&2\nexit 1\n")
    done = vault.run("kv-factory-x")
    assert (done.returncode, done.stdout) == (1, "")
    assert list(vault.scratch.iterdir()) == []


@pytest.mark.parametrize("arguments", [(), ("",), ("--renew",), ("v", "--new"), ("v", "--renew", "x"), ("v;id",), ("a b",)])
def test_a_wrong_call_reaches_no_vault(vault: Vault, arguments: tuple[str, ...]) -> None:
    done = vault.run(*arguments)
    assert done.returncode == 2
    assert "usage" in done.stderr
    assert not vault.file.exists()
