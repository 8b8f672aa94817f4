"""Previews on Container Apps, step by step: image, app, probe. An orchestration looks again; nothing here waits for Azure."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.model import PREVIEW_ENDED, ConfigError, InputError, InternalError, Preview, QlfError
from shared.preview.azure import fleet
from shared.preview.azure.clients import Clients, Credential, answers, log_lines, open_clients
from shared.preview.azure.envelope import EXPIRES, MARK, PASSWORD, SECRET, envelope, tags_of
from shared.preview.azure.faults import Fault, PassingError, plain, pull_was_denied, told
from shared.preview.azure.names import candidates, repository_of
from shared.preview.azure.place import Place
from shared.preview.azure.sweeping import sweep
from shared.preview.launch import ADMIN, READY_PATH, Login, package_of
from shared.preview.port import Advanced, Progress, Sources, Swept
from shared.preview.ttl import LOST_AFTER, end_of_lost, is_lost

_LINES = 2000


class ContainerAppPreviews:
    """One Container App per preview in one environment; what is running is found by its tags, whatever became of the records."""

    watched = True

    def __init__(self, place: Place, credential: Credential, clock: Any) -> None:
        """`credential()` makes an asynchronous token credential; `clock()` is the time now, RFC 3339 UTC."""
        self._place = place
        self._credential = credential
        self._clock = clock

    async def advance(self, preview: Preview, sources: Sources, progress: Progress | None) -> Advanced:
        """Stages `begin`, `build`, `start`; each ends at its own time (QLF6003) and cleans up after itself when it fails."""
        if preview.status == "destroyed" and progress is not None and "name" in progress:
            return await self._leftover(preview, progress)
        if preview.status != "deploying":
            return Advanced(preview)
        now = progress or {"stage": "begin", "until": self._until(self._place.build_time)}
        try:
            async with self._clients() as clients:
                if self._clock() > min(now["until"], preview.expires_at):
                    raise ConfigError("QLF6003", await self._why_late(clients, now))
                stage = {"begin": self._begin, "build": self._build, "start": self._start}[now["stage"]]
                return await stage(clients, preview, sources, now)
        except PassingError as error:
            return Advanced(preview, now, error.wait)
        except QlfError as error:
            return Advanced(await self._failed(preview, now, error))

    async def refresh(self, preview: Preview) -> Preview:
        """A preview past its time is ended here and now; one whose app is gone is `destroyed`, one whose deployment is lost `failed`.

        What Azure does not let go now is left as it is: the sweeper comes again, and counts it.
        """
        if preview.status in PREVIEW_ENDED:
            return preview
        if preview.status == "deploying":
            return await self._lost(preview) if is_lost(preview, self._clock()) else preview
        if preview.expires_at <= self._clock():
            with contextlib.suppress(QlfError):
                return await self.destroy(preview)
            return preview
        with contextlib.suppress(PassingError):
            async with self._clients() as clients:
                if await fleet.mine(clients, preview) is None:
                    return _end(preview, "destroyed", "its app is gone")
        return preview

    async def logs(self, preview: Preview, limit: int) -> bytes:
        """From Log Analytics, where lines arrive some minutes late and outlive the app. Raises ConfigError QLF6025 without a workspace."""
        if self._place.log_workspace is None:
            raise ConfigError("QLF6025")
        names = ", ".join(f'"{name}"' for name in candidates(preview.id))
        query = (
            f"ContainerAppConsoleLogs | where ContainerAppName in ({names}) "
            f"| top {_LINES} by TimeGenerated desc | order by TimeGenerated asc | project Log"
        )
        async with _settled(), told():
            lines = await log_lines(self._place, self._credential, query)
        return "\n".join(lines).encode()[-limit:]

    async def extend(self, preview: Preview, expires_at: str) -> Preview:
        """Move the end in the app's tags, which is what the sweeper reads."""
        changed = preview.model_copy(update={"expires_at": expires_at})
        async with _settled(), self._clients() as clients:
            app = await fleet.mine(clients, preview)
            if app is None:
                raise InputError("QLF6004", preview.id)
            from azure.mgmt.appcontainers import models

            async with told():
                body = models.ContainerApp(location=self._place.location, tags=tags_of(changed))
                await clients.apps.begin_update(self._group, app.name, body, polling=False)
        return changed

    async def destroy(self, preview: Preview) -> Preview:
        """Delete the app and its images. Raises InternalError QLF6007 when Azure does not take the order now.

        An app that is being deleted already needs no second order.
        """
        try:
            async with self._clients() as clients:
                app = await fleet.mine(clients, preview)
                if app is not None and plain(app.properties.provisioning_state) != "Deleting":
                    await fleet.remove(clients, app.name)
        except PassingError as error:
            raise InternalError("QLF6007", preview.id) from error
        return _end(preview, "destroyed", "ended on request" if preview.expires_at > self._clock() else "its time was over")

    async def sweep(self) -> Swept:
        """Delete what is past its time or cannot be read, and images without an app. Raises InternalError QLF6028, ConfigError QLF6021."""
        deployed = self._now() - self._place.build_time - self._place.start_time - LOST_AFTER
        async with _settled(), self._clients() as clients:
            return await sweep(clients, self._clock(), deployed)

    async def running(self) -> dict[str, str]:
        """The marks of all marked apps and the ends in their tags."""
        async with _settled(), self._clients() as clients:
            return {app.tags[MARK]: app.tags.get(EXPIRES, "") for app in await fleet.marked(clients)}

    async def login(self, preview: Preview) -> Login:
        """The first administrator, from the app's own secrets. Raises InputError QLF6004 when it does not run."""
        async with _settled(), self._clients() as clients:
            app = await fleet.mine(clients, preview)
            if app is None:
                raise InputError("QLF6004", preview.id)
            async with told():
                kept = await clients.apps.list_secrets(self._group, app.name)
        return Login(email=ADMIN, password=next(secret.value or "" for secret in kept.value if secret.name == PASSWORD))

    async def _lost(self, preview: Preview) -> Preview:
        """Free what a deployment that nobody drives any more left behind, and end its record; as it is when Azure refuses."""
        try:
            async with self._clients() as clients:
                if name := await fleet.name_for(clients, preview):
                    await fleet.remove(clients, name)
        except Fault:
            return preview
        return end_of_lost(preview)

    # Stages

    async def _begin(self, clients: Clients, preview: Preview, sources: Sources, now: Progress) -> Advanced:
        self._check_cap(await self._others(clients, preview))
        name = await fleet.name_for(clients, preview)
        if name is None:
            raise InternalError("QLF6027", preview.id)
        digest = await clients.images.find(repository_of(name), _tag(preview))
        if digest:
            return await self._deploy(clients, preview, name, digest)
        files = await sources()
        build = await clients.images.start(repository_of(name), _tag(preview), package_of(files), files)
        return Advanced(preview, {**now, "stage": "build", "name": name, "build": build}, self._place.look)

    async def _build(self, clients: Clients, preview: Preview, _: Sources, now: Progress) -> Advanced:
        built = await clients.images.look(now["build"], repository_of(now["name"]))
        if not built.done:
            return Advanced(preview, now, self._place.look)
        if not built.digest:
            raise ConfigError("QLF6026", built.reason)
        return await self._deploy(clients, preview, now["name"], built.digest)

    async def _deploy(self, clients: Clients, preview: Preview, name: str, digest: str) -> Advanced:
        if await fleet.mine(clients, preview) is None:
            self._check_cap(await self._others(clients, preview))  # others were built meanwhile
            image = f"{self._place.registry_server}/{repository_of(name)}"
            keys = {SECRET: secrets.token_urlsafe(48), PASSWORD: secrets.token_urlsafe(18)}
            body = envelope(self._place, preview, image, digest, keys)
            async with told():
                await clients.apps.begin_create_or_update(self._group, name, body, polling=False)
        progress = {"stage": "start", "name": name, "until": self._until(self._place.start_time)}
        return Advanced(preview, progress, self._place.look)

    async def _start(self, clients: Clients, preview: Preview, _: Sources, now: Progress) -> Advanced:
        if not now.get("counted"):
            # Those that were made in the same moment did not see each other before: those with the later ids give way.
            self._check_cap([mark for mark in await self._others(clients, preview) if mark < preview.id])
            now = {**now, "counted": True}
        app = await fleet.mine(clients, preview)
        state = plain(app.properties.provisioning_state) if app is not None else "Deleted"
        if state in ("Failed", "Canceled", "Deleted", "Deleting"):
            raise _refusal(await fleet.revision_says(clients, now["name"]) or f"the app's state is {state}")
        host = app.properties.configuration.ingress.fqdn if state == "Succeeded" else None
        if not host or not await answers(self._place, f"https://{host}{READY_PATH}"):
            return Advanced(preview, now, self._place.look)
        return Advanced(preview.model_copy(update={"status": "ready", "url": f"https://{host}", "reason": ""}))

    async def _leftover(self, preview: Preview, now: Progress) -> Advanced:
        """What a deployment left behind whose preview was destroyed meanwhile: an app, and an image once its build has ended."""
        again = self._clock() <= now["until"]
        try:
            async with self._clients() as clients:
                if again and now["stage"] == "build" and not (await clients.images.look(now["build"], repository_of(now["name"]))).done:
                    await fleet.cancel(clients, now["build"])
                    return Advanced(preview, now, self._place.look)
                app = await fleet.mine(clients, preview)
                await fleet.remove(clients, app.name if app is not None else now["name"])
        except PassingError as error:
            return Advanced(preview, now, error.wait) if again else Advanced(preview)
        except QlfError:
            return Advanced(preview)
        return Advanced(preview)

    # Parts of stages

    async def _others(self, clients: Clients, preview: Preview) -> list[str]:
        return await fleet.others(clients, preview)

    def _check_cap(self, others: list[str]) -> None:
        """Raises InputError QLF6024."""
        if len(others) >= self._place.per_user:
            raise InputError("QLF6024", f"{len(others)} of {self._place.per_user} are running")

    async def _failed(self, preview: Preview, now: Progress, error: QlfError) -> Preview:
        """Free what the attempt holds; what cannot be freed now is the sweeper's, because the record has ended."""
        if "name" in now:
            with contextlib.suppress(*Fault):
                async with self._clients() as clients:
                    if now["stage"] == "build":
                        await fleet.cancel(clients, now["build"])
                    await fleet.remove(clients, now["name"])
        return _end(preview, "failed", f"{error.code}: {error.detail}"[:1000])

    async def _why_late(self, clients: Clients, now: Progress) -> str:
        said = await fleet.revision_says(clients, now["name"]) if now["stage"] == "start" else ""
        return f"stage {now['stage']} took too long{': ' + said if said else ''}"

    def _until(self, span: timedelta) -> str:
        return (self._now() + span).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._clock()).astimezone(UTC)

    def _clients(self) -> contextlib.AbstractAsyncContextManager[Clients]:
        return open_clients(self._place, self._credential)

    @property
    def _group(self) -> str:
        return self._place.environment.group


@contextlib.asynccontextmanager
async def _settled() -> AsyncIterator[None]:
    """Where nobody looks again, what would pass by itself is an error that may be tried again: QLF6028."""
    try:
        yield
    except PassingError as error:
        raise InternalError("QLF6028", f"try again in {error.wait:.0f} s") from error


def _tag(preview: Preview) -> str:
    return preview.id.removeprefix("prv_").lower()


def _refusal(said: str) -> ConfigError:
    return ConfigError("QLF6029" if pull_was_denied(said) else "QLF6003", said[:500])


def _end(preview: Preview, status: str, reason: str) -> Preview:
    return preview.model_copy(update={"status": status, "reason": reason, "url": None})
