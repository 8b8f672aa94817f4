"""A preview's way: deploy, probe, ready. The local supervisor ends it at its TTL, whoever started it may be gone."""

from __future__ import annotations

from azure.durable_functions import DurableOrchestrationContext

from orchestrators.control import Steps


def preview(context: DurableOrchestrationContext) -> Steps:
    """Orchestration `preview`, instance id = preview id. Input: `preview_id`. Answers `{"preview"}` or `{"error"}`."""
    job = context.get_input()
    return (yield context.call_activity("open_preview", job))
