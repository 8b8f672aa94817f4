"""The migrations go up, down to nothing, up again, and end where the models are."""

from __future__ import annotations

from shared.gates import layout
from shared.gates.bench import Bench, tail
from shared.gates.records import Judgement
from shared.model import Finding

_STEPS = (("upgrade", "head"), ("downgrade", "base"), ("upgrade", "head"), ("check",))
_NAMES = ("upgrade", "downgrade", "second-upgrade", "diff")


def judge(bench: Bench) -> Judgement:
    """Four alembic commands on one empty SQLite file; the first that fails ends it."""
    if not (bench.tree / "alembic.ini").is_file():
        return Judgement(outcome="skip", reason="no alembic.ini in the tree")
    env = layout.settings(bench.root / "migration.db", "m" * 48, "n" * 24)
    report = b""
    for name, step in zip(_NAMES, _STEPS, strict=True):
        outcome = bench.run(bench.python, "-m", "alembic", *step, env=env)
        report += f"$ alembic {' '.join(step)}\n".encode() + outcome.stdout + outcome.stderr
        if not outcome.ok:
            message = f"`alembic {' '.join(step)}` ended with {outcome.exit_code}: {tail(outcome.stdout + outcome.stderr, 600)}"
            advice = "Bring models and migrations together." if name == "diff" else "Mend the migration."
            finding = Finding(
                code=f"migration.{name}",
                message=message,
                severity="blocker",
                file="migrations",
                advice=advice,
                replay=f"alembic {' '.join(step)}",
            )
            return Judgement([finding], {"steps": _NAMES.index(name)}, report=report)
    return Judgement(metrics={"steps": len(_STEPS)}, report=report)
