"""The ground floor: the records that every room speaks in, and the error tree. Imports nothing of the house."""

from shared.model.agent import AgentRequest, AgentResult, Component, ComponentName, Contract, GeneratedFile, Plan
from shared.model.base import Json, Record, canonical_json, digest, sha256
from shared.model.capsule import PREVIEW_ENDED, Capsule, Preview, PreviewStatus
from shared.model.codes import CATALOGUE, CodeEntry
from shared.model.errors import CapsuleError, ConfigError, GateError, InputError, InternalError, QlfError, RefusedError, from_json
from shared.model.event import PREVIEW_EVENTS, Event, EventType, event_id, make_event
from shared.model.faults import Places, stack_of
from shared.model.ids import is_id, keyed_id, new_id
from shared.model.ir import (
    IR,
    Entity,
    EntityField,
    FieldType,
    Operation,
    OverlayChoice,
    Permission,
    Quality,
    Question,
    Relation,
    Role,
    Stack,
    States,
    Transition,
)
from shared.model.ledger import Assumption, Clause, Fate, Ledger, Symbol, Trace
from shared.model.refs import ArtifactRef, Mode, Tree, TreeFile
from shared.model.run import ACTIVE, RUN_MOVES, STEP_MOVES, TERMINAL, Phase, Run, RunOptions, RunStatus, Step, StepStatus, may_move
from shared.model.verdict import Finding, Outcome, Score, Severity, Verdict, metric

__all__ = [
    "ACTIVE", "CATALOGUE", "IR", "PREVIEW_ENDED", "PREVIEW_EVENTS", "RUN_MOVES", "STEP_MOVES", "TERMINAL",
    "AgentRequest", "AgentResult", "ArtifactRef", "Assumption", "Capsule", "CapsuleError", "Clause", "CodeEntry", "Component",
    "ComponentName", "ConfigError", "Contract", "Entity", "EntityField", "Event", "EventType", "Fate", "FieldType", "Finding",
    "GateError", "GeneratedFile", "InputError", "InternalError", "Json", "Ledger", "Mode", "Operation", "Outcome", "OverlayChoice",
    "Permission", "Phase", "Places", "Plan", "Preview", "PreviewStatus", "QlfError", "Quality", "Question", "Record", "RefusedError",
    "Relation", "Role", "Run", "RunOptions", "RunStatus", "Score", "Severity", "Stack", "States", "Step", "StepStatus", "Symbol",
    "Trace", "Transition", "Tree", "TreeFile", "Verdict",
    "canonical_json", "digest", "event_id", "from_json", "is_id", "keyed_id", "make_event", "may_move", "metric", "new_id",
    "sha256", "stack_of",
]  # fmt: skip
