"""What passes between the plan, the agents and the repair loop."""

from __future__ import annotations

from typing import Any, Literal

from shared.model.base import Record
from shared.model.ir import IR
from shared.model.ledger import Trace
from shared.model.refs import Mode

ComponentName = Literal["backend", "frontend", "database", "api", "devops", "test", "documentation"]


class GeneratedFile(Record):
    """A file an agent wrote: relative POSIX path, UTF-8 text with LF line ends."""

    path: str
    content: str
    mode: Mode = "0644"


class Contract(Record):
    """The one contract that all agents of a run receive: an OpenAPI 3.1 document and the types behind it."""

    openapi: dict[str, Any]
    types: dict[str, Any] = {}


class Component(Record):
    """A node of the plan: which agent makes it, and after which others."""

    name: ComponentName
    agent: str
    after: list[ComponentName] = []


class Plan(Record):
    """The DAG of components of a run."""

    components: list[Component]


class AgentRequest(Record):
    """An agent's whole input: its slice of the IR and the shared contract."""

    component: ComponentName
    ir: IR
    contract: Contract


class AgentResult(Record):
    """An agent's whole output: files, and which IR path each file and test builds and proves."""

    files: list[GeneratedFile]
    traces: list[Trace] = []
    mode: Literal["rules", "model"] = "rules"
