"""The registry: which agents there are, what each can do, and which one is chosen for a component."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from shared.agents import devops, documentation, making, testing
from shared.agents.limits import BACKENDS
from shared.model import IR, AgentRequest, AgentResult, Component, ComponentName, InternalError, Plan, RefusedError

BLUEPRINT_VERSION = "fastapi-2"
_AFTER: dict[ComponentName, list[ComponentName]] = {
    "backend": ["api"],
    "database": ["api"],
    "test": ["api"],
    "devops": [],
    "documentation": ["api"],
    "api": [],
}
_PARTS: tuple[ComponentName, ...] = ("api", "backend", "database", "test", "devops", "documentation")


@dataclass(frozen=True)
class Agent:
    """An agent, the components and the stack words it can work for, and the function that does the work."""

    name: str
    components: frozenset[str]
    capabilities: frozenset[str]
    work: Callable[[AgentRequest], AgentResult]

    def score(self, component: str, ir: IR) -> float:
        """0 when it cannot make the component; else above 0, and more when its capabilities fit the stack closer."""
        wanted = {ir.stack.backend, ir.stack.database, ir.stack.api}
        if component not in self.components or ir.stack.backend not in self.capabilities:
            return 0.0
        fit = len(wanted & self.capabilities) / len(wanted)
        return round(fit + 1 / (1 + len(self.components)), 6)


_STACK = frozenset({"fastapi", "postgresql", "sqlite", "rest"})
AGENTS: list[Agent] = [
    Agent("backend", frozenset({"backend"}), _STACK, making.make_backend),
    Agent("database", frozenset({"database"}), _STACK, making.make_database),
    Agent("api", frozenset({"api"}), _STACK, making.make_api),
    Agent("test", frozenset({"test"}), _STACK, testing.generate),
    Agent("devops", frozenset({"devops"}), _STACK, devops.generate),
    Agent("documentation", frozenset({"documentation"}), _STACK, documentation.generate),
]


def register(agent: Agent) -> None:
    """Add an agent to those of this process, or replace the one of its name. It is chosen where it scores highest."""
    AGENTS[:] = [*(known for known in AGENTS if known.name != agent.name), agent]


def select_agent(component: str, ir: IR, agents: Sequence[Agent] | None = None) -> Agent:
    """The agent with the highest score, the first by name among equals. Errors: QLF2004 when none can do it."""
    best = min(AGENTS if agents is None else agents, key=lambda a: (-a.score(component, ir), a.name), default=None)
    if best is None or best.score(component, ir) <= 0:
        raise InternalError("QLF2004", f"no agent makes {component!r} for {ir.stack.backend!r}")
    return best


def check_stack(ir: IR) -> None:
    """Refuse a backend that cannot be built. Errors: QLF2001."""
    if ir.stack.backend not in BACKENDS:
        raise RefusedError("QLF2001", f"A {ir.stack.backend} backend cannot be built yet.")


def make_plan(ir: IR) -> Plan:
    """The components of a run, in an order that respects `after`. Errors: QLF2001."""
    check_stack(ir)
    return Plan(components=[Component(name=part, agent=select_agent(part, ir).name, after=_AFTER[part]) for part in _PARTS])


def generate(request: AgentRequest) -> AgentResult:
    """Let the selected agent make the component. Errors: QLF2001 to QLF2004, QLF2010."""
    if request.component not in get_args(ComponentName):
        raise InternalError("QLF2004", request.component)
    check_stack(request.ir)
    return select_agent(request.component, request.ir).work(request)
