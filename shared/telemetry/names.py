"""Every metric of the product in one table, and the facts that spans, metrics and log lines may carry. What is not here is not sent.

Names follow the OpenTelemetry naming rules (https://opentelemetry.io/docs/specs/semconv/general/naming/); `docs/metrics.md` shows
the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
_BYTES = (10_000, 100_000, 500_000, 1_000_000, 5_000_000, 20_000_000, 100_000_000)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `attributes` are its dimensions; every value of each comes from a short list, so that series stay few."""

    name: str
    kind: Literal["counter", "histogram", "up-down counter", "gauge"]
    unit: str
    about: str
    attributes: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


def _duration(name: str, about: str, *attributes: str) -> Metric:
    return Metric(name, "histogram", "s", about, attributes, _SECONDS)


RUN_CHANGES = Metric("qlf.run.changes", "counter", "{change}", "Changes of status of runs, by the status reached.", ("status",))
RUN_DURATION = _duration("qlf.run.duration", "From the creation of a run to its end, waits included.", "status")
RUNS_SILENT = Metric("qlf.runs.silent", "gauge", "{run}",
                     "Runs at work without an event for half an hour, at the last look; counted up to 100.")  # fmt: skip
GENERATION_DURATION = _duration("qlf.generation.duration", "An agent writing one component.", "component", "mode", "cached")
GENERATION_FILES = Metric("qlf.generation.files", "counter", "{file}", "Files that agents wrote.", ("component", "mode"))
REPAIR_ROUNDS = Metric("qlf.repair.rounds", "counter", "{round}", "Repair rounds, by what repaired and whether it changed a file.",
                       ("subject", "repairer", "changed"))  # fmt: skip
GATE_DURATION = _duration(
    "qlf.gate.duration", "A gate judging one tree; 0 when its pass was known.", "gate", "scope", "outcome", "blocks", "cached"
)
GATE_FINDINGS = Metric("qlf.gate.findings", "counter", "{finding}", "Findings of gates.", ("gate", "scope"))
CAPSULES = Metric("qlf.capsules", "counter", "{capsule}", "Capsules built and signed.")
CAPSULE_SIZE = Metric("qlf.capsule.size", "histogram", "By", "Size of capsules.", (), _BYTES)
PREVIEW_DURATION = _duration("qlf.preview.duration", "From the request of a preview until it is ready or has failed.", "status")
PREVIEWS_ENDED = Metric("qlf.previews.ended", "counter", "{preview}", "Previews found ended by the sweeper.", ("status",))
PREVIEWS_LIVE = Metric("qlf.previews.live", "gauge", "{preview}", "Previews that have not ended, at the last sweep.")
PREVIEWS_OVERDUE = Metric("qlf.previews.overdue", "gauge", "{preview}", "Previews that could not be ended in time, at the last sweep.")
ACTIVITY_DURATION = _duration("qlf.activity.duration", "One execution of an activity.", "activity", "outcome", "code")
ACTIVITY_QUEUE = _duration("qlf.activity.queue", "From the decision to run an activity to its start.", "activity")
ACTIVITY_ACTIVE = Metric("qlf.activity.active", "up-down counter", "{activity}", "Activities that run now.", ("activity",))
HEAVY_WAIT = _duration("qlf.heavy.wait", "Heavy work waiting for a free slot.")
HEAVY_WAITING = Metric("qlf.heavy.waiting", "up-down counter", "{activity}", "Heavy work that waits for a slot now.")
HTTP_DURATION = _duration(
    "qlf.http.duration", "One HTTP request; `route` is the template, empty where nothing is at the address.", "method", "route", "status"
)
HTTP_ACTIVE = Metric("qlf.http.active", "up-down counter", "{request}", "HTTP requests that are served now.")
_MODEL = ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model")
_CALLS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)
MODEL_DURATION = Metric(
    "gen_ai.client.operation.duration", "histogram", "s", "One call of a language model.", (*_MODEL, "error.type"), _CALLS
)
MODEL_TOKENS = Metric("gen_ai.client.token.usage", "histogram", "{token}", "Tokens of one call, by the provider's own count.",
                      (*_MODEL, "gen_ai.token.type"), _TOKENS)  # fmt: skip
HEARTBEAT = Metric("qlf.heartbeat", "counter", "{beat}", "One every ten seconds from each installation whose timers run.")

METRICS: tuple[Metric, ...] = (
    RUN_CHANGES, RUN_DURATION, RUNS_SILENT, GENERATION_DURATION, GENERATION_FILES, MODEL_DURATION, MODEL_TOKENS, GATE_DURATION,
    GATE_FINDINGS, REPAIR_ROUNDS, CAPSULES, CAPSULE_SIZE, PREVIEW_DURATION, PREVIEWS_ENDED, PREVIEWS_LIVE, PREVIEWS_OVERDUE,
    ACTIVITY_DURATION, ACTIVITY_QUEUE, ACTIVITY_ACTIVE, HEAVY_WAIT, HEAVY_WAITING, HTTP_DURATION, HTTP_ACTIVE, HEARTBEAT,
)  # fmt: skip
"""In the order of the page, group by group."""

FACTS = frozenset(
    {"run_id", "project_id", "step", "attempt", "activity", "gate", "agent", "round", "preview_id", "capsule_id", "outcome", "cached",
     "mode", "code", "queue"}
)  # fmt: skip
"""What a span may carry, as `qlf.<name>`: identifiers, our own words and numbers. Never text of a brief, a prompt or a person."""
