"""A home that holds something under every address."""

from __future__ import annotations

from typing import Any

from api_cases import Door

from shared.model import IR, Ledger, Plan, Preview, canonical_json, make_event, new_id


async def furnish(door: Door, project: str | None = None) -> dict[str, str]:
    """A home with a run of the project that made everything, its capsule and a preview."""
    capsule = await door.capsule(project)
    run = await door.stores.runs.get(capsule.run_id)
    made = {"ir": IR(name="a", slug="a").to_json(), "ledger": Ledger(clauses=[]).to_json(), "plan": Plan(components=[]).to_json()}
    documents: dict[str, Any] = made | {"verdicts": [], "findings": []}
    artifacts = {name: await door.stores.artifacts.put(canonical_json(value)) for name, value in documents.items()}
    used = make_event(run, "usage.recorded", "1", {"input_tokens": 1}, run.created_at)
    await door.stores.runs.commit(run.model_copy(update={"artifacts": artifacts}), [used], if_match=run.etag)
    now = door.services.clock()
    preview = Preview(id=new_id("prv"), run_id=run.id, capsule_id=capsule.id, created_at=now, expires_at=now, project_id=run.project_id)
    await door.stores.previews.create(preview)
    return {"run": run.id, "capsule": capsule.id, "preview": preview.id}
