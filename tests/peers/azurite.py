"""Azurite, the Blob service that Microsoft gives out for tests: installed once from npm by its lock, one process per test session."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import filelock
import platformdirs

HERE = Path(__file__).resolve().parent / "azurite-npm"
CACHE = Path(platformdirs.user_cache_dir("quantumlayer-factory", appauthor=False)) / "peers"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Account and key are the same in every Azurite: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite"""
_INSTALL_SECONDS = 600
_ADDRESS = re.compile(r"successfully listens? on (https?)://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class Azurite:
    """A running Azurite."""

    scheme: str
    port: int

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return f"DefaultEndpointsProtocol={self.scheme};AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"


def why_not() -> str | None:
    """Why Azurite cannot run here, in words for whoever reads the skipped test; None when it can."""
    return None if shutil.which("npm") else "Azurite comes from npm, and npm is not installed: install Node.js to run this test"


def installed() -> Path:
    """The folder with Azurite in it, made on first use; several sessions at once wait for the one that installs."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    target = CACHE / f"azurite-{lock}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(CACHE / "azurite.lock", timeout=_INSTALL_SECONDS):
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=CACHE) as place:
                for name in ("package.json", "package-lock.json"):
                    shutil.copy(HERE / name, place)
                command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
                subprocess.run(command, cwd=place, check=True, timeout=_INSTALL_SECONDS, stdout=subprocess.DEVNULL)
                os.rename(place, target)
                os.mkdir(place)
    return target


@contextmanager
def azurite(*options: str) -> Iterator[Azurite]:
    """Azurite's Blob service on a free port, its data in memory, until the end of the block."""
    program = installed() / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    # The SDK speaks a newer version of the REST API than Azurite knows by name.
    command = ["node", str(program), "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck"]
    process = subprocess.Popen([*command, "--disableTelemetry", "--silent", *options], stdout=subprocess.PIPE, text=True)
    try:
        yield _address(process)
    finally:
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> Azurite:
    said = []
    assert process.stdout
    for line in process.stdout:
        said.append(line)
        if found := _ADDRESS.search(line):
            return Azurite(found[1], int(found[2]))
    raise RuntimeError(f"Azurite did not start: {''.join(said)}")
