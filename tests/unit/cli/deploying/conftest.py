"""Capsules with what the blueprint really makes for a deployment, a file of variables, and tools that write down how they were called."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from deploy_cases import DIGEST, SECRET, TOOL, URL, Calls, Capsules, Tools

from shared.agents import build_contract, generate
from shared.capsule import CapsuleInputs, SourceFile, attest, build_capsule, local_signer
from shared.model import IR, AgentRequest, Clause, Entity, Ledger, Stack, Verdict

BRIEF = "Owners have pets."
LOCK = "alpha==1.0.0 --hash=sha256:" + "a" * 64 + "\n"


@pytest.fixture
def capsules(home: Path, tmp_path: Path) -> Capsules:
    """`capsules(slug=..., database=..., files=...)` makes a signed capsule of this home and gives its path."""

    def make(slug: str = "clinic", database: str = "postgresql", files: Mapping[str, bytes] | None = None) -> str:
        ir = IR(name="Clinic", slug=slug, entities=[Entity(name="Pet", plural="pets")], stack=Stack(database=database))
        made = generate(AgentRequest(component="devops", ir=ir, contract=build_contract(ir))).files
        sources = {file.path: SourceFile(file.content.encode(), file.mode, "devops") for file in made}
        sources |= {path: SourceFile(data, "0644", "devops") for path, data in (files or {}).items()}
        inputs = CapsuleInputs(
            name="Clinic", slug=slug, version="0.1.0", files=sources, brief=BRIEF.encode(), ir=ir,
            ledger=Ledger(clauses=[Clause(id="c1", start=0, end=len(BRIEF), text=BRIEF, fate="context")]), compliance={"controls": []},
            verdicts=[Verdict(gate="unit", outcome="pass", tool="pytest", tool_version="9")], tool_versions={"pytest": "9"},
            blueprint="fastapi", blueprint_version="1", lock_text=LOCK,
        )  # fmt: skip
        built = build_capsule(inputs)
        folder = tmp_path / f"dist-{built.digest[:8]}"
        folder.mkdir()
        (folder / built.file_name).write_bytes(built.data)
        times = {"started": "2026-01-02T03:04:05Z", "finished": "2026-01-02T03:05:05Z"}
        home.mkdir(mode=0o700, exist_ok=True)
        for name, data in attest(built, inputs.verdicts, inputs, local_signer(home), **times, invocation="run_1", machine={}).items():
            (folder / name).write_bytes(data)
        return str(folder / built.file_name)

    return make


@pytest.fixture
def capsule(capsules: Capsules) -> str:
    return capsules()


@pytest.fixture
def env_file(tmp_path: Path) -> str:
    path = tmp_path / "app.env"
    path.write_text(f"# of the test\nSECRET_KEY={SECRET}\nDATABASE_URL='{URL}'\nPOSTGRES_PASSWORD=pw1\nADMIN_EMAIL=\n")
    return str(path)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """`tools("az", code=0, says={...})` puts stand-ins on the PATH; what it returns tells how they were called.

    `says` maps words of a call to what is printed, one answer a turn.
    """
    heard = {"repository show": [DIGEST], "job start": ["clinic-migrate-x1"], "execution show": ["Succeeded"]}

    def make(*names: str, code: int = 0, says: Mapping[str, list[str]] | None = None) -> Calls:
        place, log = tmp_path / "bin", tmp_path / "calls"
        place.mkdir()
        for name in names:
            text = TOOL.format(python=sys.executable, log=str(log), code=code, says=json.dumps({**heard, **(says or {})}))
            (place / name).write_text(text)
            (place / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(place))
        return lambda: [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    return make
