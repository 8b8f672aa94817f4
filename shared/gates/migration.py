"""The migrations go up, down to nothing, up again, and end where the models are."""

from __future__ import annotations

import json

from shared.gates import layout, serve
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement
from shared.model import Finding

_STEPS = (("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head"), ("check",))
_NAMES = ("upgrade", "downgrade", "second-upgrade", "diff")


def judge(bench: Bench) -> Judgement:
    """Four alembic commands on one empty SQLite file, in one process; the first that fails ends it."""
    if not (bench.tree / "alembic.ini").is_file():
        return Judgement(outcome="skip", reason="no alembic.ini in the tree")
    env = layout.settings(bench.root / "migration.db", "m" * 48, "n" * 24)
    script = bench.write("migration_client.py", serve.driver("migration_client"))
    outcome = bench.run(bench.python, script, json.dumps(_STEPS), str(bench.root / "steps"), env=env)
    report = outcome.stdout + outcome.stderr
    done = len(bench.read("steps").splitlines())
    if outcome.ok and done == len(_STEPS):
        return Judgement(metrics={"steps": done}, report=report)
    name, step = _NAMES[min(done, len(_STEPS) - 1)], " ".join(_STEPS[min(done, len(_STEPS) - 1)])
    finding = Finding(
        code=f"migration.{name}",
        message=f"`alembic {step}` ended with {outcome.exit_code}: {tail(report, 600)}",
        severity="blocker",
        file="migrations",
        advice="Bring models and migrations together." if name == "diff" else "Mend the migration.",
        replay=f"alembic {step}",
    )
    return Judgement([finding], {"steps": done}, report=report)
