"""The agent `devops`: everything that installs, builds, checks and ships the generated app, with its hashed locks."""

from __future__ import annotations

from shared.agents.design import design
from shared.blueprints import BLUEPRINTS, render_tree
from shared.model import AgentRequest, AgentResult, GeneratedFile, Symbol, Trace

LOCKS = ("requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt")


def generate(request: AgentRequest) -> AgentResult:
    """Container files, CI, project configuration and the blueprint's locks, byte for byte."""
    app = design(request.ir)
    files = render_tree("fastapi/devops", {"app": app, "package": app.package})
    locks = [GeneratedFile(path=name, content=(BLUEPRINTS / "fastapi" / "locks" / name).read_text(encoding="utf-8")) for name in LOCKS]
    built = [Symbol(file="compose.yaml"), Symbol(file="requirements.txt")]
    traces = [Trace(ir_path=path, built_by=built) for path in ("stack.backend", "stack.database")]
    return AgentResult(files=sorted([*files, *locks], key=lambda f: f.path), traces=traces)
