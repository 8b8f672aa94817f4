"""A tenant in a file, and the Azure CLI that leads to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "entra_app.py"
EMPTY: dict[str, Any] = {"apps": [], "services": [], "grants": [], "secrets": {}, "calls": []}
ME = "aaaaaaaa-2222-3333-4444-555555555555"
"""Who is signed in, in the tenant that fake_az.py plays."""


class Tenant:
    """A tenant in a file, and the Azure CLI that leads to it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "tenant.json"
        az = folder / "bin" / "az"
        az.parent.mkdir()
        az.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{Path(__file__).parent / "fake_az.py"}" "$@"\n')
        az.chmod(0o755)
        self.env = {"PATH": f"{az.parent}:{os.defpath}", "FAKE_TENANT": str(self.file)}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), *arguments], env=self.env, capture_output=True, text=True, check=False, timeout=60
        )

    def change(self, **entries: Any) -> None:
        """What somebody else does to the tenant meanwhile."""
        held = json.loads(self.file.read_text()) if self.file.exists() else EMPTY
        self.file.write_text(json.dumps(held | entries))

    @property
    def writes(self) -> list[str]:
        """The methods by which Microsoft Graph was written to."""
        called = json.loads(self.file.read_text())["calls"]
        return [words[2] for words in called if words[0] == "rest" and words[2] != "GET"]

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        del found["calls"]
        return found
