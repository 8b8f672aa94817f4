"""The same gates on a session pool: what they find there is what they find on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.gates import GateContext, run_gate
from shared.model import Verdict
from shared.runner import Environments, Sandbox
from shared.runner.sessions import SessionEnvironments, SessionPool, SessionSandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "runner"))
from session_pool import Identity, Pool, session_pool

GATES = ("placeholder", "static", "security", "boot", "contract", "unit", "migration")
pytestmark = pytest.mark.slow
Plant = Callable[[Path, str, str], None]


@pytest.fixture
def pool(tmp_path: Path, context: GateContext) -> Iterator[Pool]:
    """A pool whose image brings the environments of the gates' lock and of the application's two locks."""
    with session_pool(tmp_path / "pool") as made:
        made.folder.mkdir()
        made.most = 1000
        (made.folder / "environments").symlink_to(context.cache_root.parent / "envs")
        yield made


@pytest.fixture
def there(pool: Pool, pristine: Path, context: GateContext, environments: Environments, tmp_path: Path) -> GateContext:
    for lock in (context.gates_lock, pristine / "requirements.txt", pristine / "requirements-dev.txt"):
        environments.ensure(lock.read_text(encoding="utf-8"))
    adapter = SessionPool(pool.url, Identity(), insecure=True)

    def opened(work_dir: Path, readable: object = (), /) -> Sandbox:
        return SessionSandbox(adapter, work_dir, list(readable))  # type: ignore[call-overload]

    return replace(context, open_sandbox=opened, environments=SessionEnvironments(tmp_path / "places"), cache_root=tmp_path / "cache")


def compared(verdict: Verdict) -> tuple[object, ...]:
    """What of a verdict does not depend on the machine or the minute."""
    return (
        verdict.outcome,
        verdict.reason,
        sorted((f.code, f.file or "", f.line or 0) for f in verdict.findings),
        verdict.tests,
        verdict.tool_version,
    )


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_judges_alike(gate: str, tree: Path, context: GateContext, there: GateContext, pool: Pool) -> None:
    remote = run_gate(gate, tree, there).verdict
    assert compared(remote) == compared(run_gate(gate, tree, context).verdict)
    assert remote.outcome == "pass"
    assert bool(pool.identifiers) == (gate != "placeholder")


def test_a_fault_is_found_at_its_place(tree: Path, context: GateContext, there: GateContext, plant: Plant) -> None:
    """Types and style name files by path: the runner's paths have become ours."""
    plant(tree / "src/sample/main.py", "    settings.check()\n", "    settings.check( )\n    settings.nothing()\n")
    remote, here = run_gate("static", tree, there).verdict, run_gate("static", tree, context).verdict
    assert remote.outcome == "fail"
    assert compared(remote) == compared(here)
    assert {finding.file for finding in remote.findings} == {"src/sample/main.py"}
