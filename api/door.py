"""From the HTTP trigger to the API: the one place that builds the FastAPI app from what wiring hands out."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import azure.functions as func

from api.app import create_api
from api.durable import DurableClient, durable
from api.services import Compilation, Services
from shared.model import Preview
from shared.telemetry import continued
from shared.wiring import services


async def handle(req: func.HttpRequest, client: DurableClient, context: func.Context) -> func.HttpResponse:
    """Serve one request; the durable client is there for its time."""
    token = durable.set(client)
    try:
        with continued(context.trace_context.trace_parent):
            answer: func.HttpResponse = await middleware().handle_async(req, context)
        return answer
    finally:
        durable.reset(token)


@functools.cache
def middleware() -> func.AsgiMiddleware:
    """The API behind the adapter of the Functions worker, made once per process."""
    house = services()
    return func.AsgiMiddleware(  # type: ignore[no-untyped-call]  # untyped in the SDK
        create_api(
            Services(
                settings=house.settings,
                clock=house.clock,
                stores=house.stores,
                compile=_compile,
                verify=_verify,
                capsule_files=_capsule_files,
                previews=Previews(),
                dead_letters=house.dead_letters,
            )
        )
    )


class Previews:
    """This installation's previews, imported when one is asked for."""

    async def refresh(self, preview: Preview) -> Preview:
        """The record as it is now."""
        return await services().previews.refresh(preview)

    async def logs(self, preview: Preview, limit: int) -> bytes:
        """The end of what the app wrote."""
        return await services().previews.logs(preview, limit)

    async def extend(self, preview: Preview, expires_at: str) -> Preview:
        """Move its end."""
        return await services().previews.extend(preview, expires_at)

    async def destroy(self, preview: Preview) -> Preview:
        """End it."""
        return await services().previews.destroy(preview)


def _compile(brief: str) -> Compilation:
    from shared.agents import refuse_unbuilt, unbuilt
    from shared.brief import compile_brief

    compiled = compile_brief(brief)
    return compiled.model_copy(update={"ledger": refuse_unbuilt(compiled.ledger, unbuilt(compiled.ir))})


def _verify(capsule: bytes, bundles: Mapping[str, bytes]) -> dict[str, Any]:
    from shared.capsule import verify_capsule

    report = verify_capsule(capsule, bundles, services().public_keys())
    return {"ok": report.ok, "digest": report.digest, "signers": list(report.signers), "checks": [asdict(check) for check in report.checks]}


def _capsule_files(capsule: bytes) -> Mapping[str, bytes]:
    from shared.capsule import read_archive

    return {path: file.data for path, file in read_archive(capsule).items()}
