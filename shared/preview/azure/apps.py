"""Previews on Container Apps, step by step: image, app, probe. An orchestration looks again; nothing here waits for Azure."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.core.exceptions import ResourceNotFoundError

from shared.model import ConfigError, InputError, InternalError, Preview, QlfError
from shared.preview.azure.clients import Clients, Credential, answers, log_lines, open_clients
from shared.preview.azure.envelope import EXPIRES, MARK, OWNER, PASSWORD, SECRET, envelope, tags_of
from shared.preview.azure.faults import PassingError, plain, pull_was_denied, told
from shared.preview.azure.names import candidates
from shared.preview.azure.place import Place
from shared.preview.launch import ADMIN, READY_PATH, Login, package_of
from shared.preview.port import Advanced, Progress, Sources

_ENDED = ("destroyed", "failed")
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
        """A preview past its time is ended here and now; one whose app is gone is `destroyed`."""
        if preview.status in _ENDED or preview.status == "deploying":
            return preview
        if preview.expires_at <= self._clock():
            return await self.destroy(preview)
        with contextlib.suppress(PassingError):
            async with self._clients() as clients:
                if await self._mine(clients, preview) is None:
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
            app = await self._mine(clients, preview)
            if app is None:
                raise InputError("QLF6004", preview.id)
            from azure.mgmt.appcontainers import models

            async with told():
                body = models.ContainerApp(location=self._place.location, tags=tags_of(changed))
                await clients.apps.begin_update(self._group, app.name, body, polling=False)
        return changed

    async def destroy(self, preview: Preview) -> Preview:
        """Delete the app and its images. Raises InternalError QLF6007 when Azure does not take the order now."""
        try:
            async with self._clients() as clients:
                app = await self._mine(clients, preview)
                if app is not None:
                    await self._remove(clients, app.name)
        except PassingError as error:
            raise InternalError("QLF6007", preview.id) from error
        return _end(preview, "destroyed", "ended on request" if preview.expires_at > self._clock() else "its time was over")

    async def sweep(self) -> list[str]:
        """Delete every marked app whose time is over or cannot be read."""
        gone = []
        async with _settled(), self._clients() as clients:
            for app in await self._all(clients):
                if app.tags.get(EXPIRES, "") <= self._clock():
                    await self._remove(clients, app.name)
                    gone.append(app.tags[MARK])
        return gone

    async def running(self) -> list[str]:
        """The marks of all marked apps."""
        async with _settled(), self._clients() as clients:
            return [app.tags[MARK] for app in await self._all(clients)]

    async def login(self, preview: Preview) -> Login:
        """The first administrator, from the app's own secrets. Raises InputError QLF6004 when it does not run."""
        async with _settled(), self._clients() as clients:
            app = await self._mine(clients, preview)
            if app is None:
                raise InputError("QLF6004", preview.id)
            async with told():
                kept = await clients.apps.list_secrets(self._group, app.name)
        return Login(email=ADMIN, password=next(secret.value or "" for secret in kept.value if secret.name == PASSWORD))

    # Stages

    async def _begin(self, clients: Clients, preview: Preview, sources: Sources, now: Progress) -> Advanced:
        self._check_cap(await self._others(clients, preview))
        name = await self._name(clients, preview)
        digest = await clients.images.find(_repository(name), _tag(preview))
        if digest:
            return await self._deploy(clients, preview, name, digest)
        files = await sources()
        build = await clients.images.start(_repository(name), _tag(preview), package_of(files), files)
        return Advanced(preview, {**now, "stage": "build", "name": name, "build": build}, self._place.look)

    async def _build(self, clients: Clients, preview: Preview, _: Sources, now: Progress) -> Advanced:
        built = await clients.images.look(now["build"], _repository(now["name"]))
        if not built.done:
            return Advanced(preview, now, self._place.look)
        if not built.digest:
            raise ConfigError("QLF6026", built.reason)
        return await self._deploy(clients, preview, now["name"], built.digest)

    async def _deploy(self, clients: Clients, preview: Preview, name: str, digest: str) -> Advanced:
        if await self._mine(clients, preview) is None:
            self._check_cap(await self._others(clients, preview))  # others were built meanwhile
            image = f"{self._place.registry_server}/{_repository(name)}"
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
        app = await self._mine(clients, preview)
        state = plain(app.properties.provisioning_state) if app is not None else "Deleted"
        if state in ("Failed", "Canceled", "Deleted", "Deleting"):
            raise _refusal(await self._revision_says(clients, now["name"]) or f"the app's state is {state}")
        host = app.properties.configuration.ingress.fqdn if state == "Succeeded" else None
        if not host or not await answers(self._place, f"https://{host}{READY_PATH}"):
            return Advanced(preview, now, self._place.look)
        return Advanced(preview.model_copy(update={"status": "ready", "url": f"https://{host}", "reason": ""}))

    async def _leftover(self, preview: Preview, now: Progress) -> Advanced:
        """What a deployment left behind whose preview was destroyed meanwhile: an app, and an image once its build has ended."""
        again = self._clock() <= now["until"]
        try:
            async with self._clients() as clients:
                if again and now["stage"] == "build" and not (await clients.images.look(now["build"], _repository(now["name"]))).done:
                    return Advanced(preview, now, self._place.look)
                app = await self._mine(clients, preview)
                await self._remove(clients, app.name if app is not None else now["name"])
        except PassingError as error:
            return Advanced(preview, now, error.wait) if again else Advanced(preview)
        except QlfError:
            return Advanced(preview)
        return Advanced(preview)

    # Parts of stages

    async def _others(self, clients: Clients, preview: Preview) -> list[str]:
        """The marks of the owner's other previews."""
        return [app.tags[MARK] for app in await self._all(clients) if app.tags.get(OWNER) == preview.owner and app.tags[MARK] != preview.id]

    def _check_cap(self, others: list[str]) -> None:
        """Raises InputError QLF6024."""
        if len(others) >= self._place.per_user:
            raise InputError("QLF6024", f"{len(others)} of {self._place.per_user} are running")

    async def _name(self, clients: Clients, preview: Preview) -> str:
        """The first candidate that is free or ours already. Raises InternalError QLF6027 when all are another's."""
        for name in candidates(preview.id):
            app = await self._get(clients, name)
            if app is None or (app.tags or {}).get(MARK) == preview.id:
                return name
        raise InternalError("QLF6027", preview.id)

    async def _mine(self, clients: Clients, preview: Preview) -> Any:
        for name in candidates(preview.id):
            app = await self._get(clients, name)
            if app is None:
                return None
            if (app.tags or {}).get(MARK) == preview.id:
                return app
        return None

    async def _get(self, clients: Clients, name: str) -> Any:
        async with told():
            try:
                return await clients.apps.get(self._group, name)
            except ResourceNotFoundError:
                return None

    async def _all(self, clients: Clients) -> list[Any]:
        async with told():
            return [app async for app in clients.apps.list_by_resource_group(self._group) if MARK in (app.tags or {})]

    async def _remove(self, clients: Clients, name: str) -> None:
        async with told():
            with contextlib.suppress(ResourceNotFoundError):
                await clients.apps.begin_delete(self._group, name, polling=False)
        await clients.images.remove(_repository(name))

    async def _failed(self, preview: Preview, now: Progress, error: QlfError) -> Preview:
        """Free what the attempt holds; what cannot be freed now is the sweeper's, because the tags say when."""
        if "name" in now:
            with contextlib.suppress(PassingError, QlfError):
                async with self._clients() as clients:
                    await self._remove(clients, now["name"])
        return _end(preview, "failed", f"{error.code}: {error.detail}"[:1000])

    async def _why_late(self, clients: Clients, now: Progress) -> str:
        said = await self._revision_says(clients, now["name"]) if now["stage"] == "start" else ""
        return f"stage {now['stage']} took too long{': ' + said if said else ''}"

    async def _revision_says(self, clients: Clients, name: str) -> str:
        """The platform's own words about the newest revision."""
        async with told():
            try:
                found = [revision async for revision in clients.revisions.list_revisions(self._group, name)]
            except ResourceNotFoundError:
                return ""
        facts = [revision.properties for revision in found if revision.properties is not None]
        said = [str(fact.provisioning_error or "") for fact in facts]
        return next((text for text in said if text), "")

    def _until(self, span: timedelta) -> str:
        moment = datetime.fromisoformat(self._clock()).astimezone(UTC) + span
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

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


def _repository(name: str) -> str:
    return f"previews/{name}"


def _tag(preview: Preview) -> str:
    return preview.id.removeprefix("prv_").lower()


def _refusal(said: str) -> ConfigError:
    return ConfigError("QLF6029" if pull_was_denied(said) else "QLF6003", said[:500])


def _end(preview: Preview, status: str, reason: str) -> Preview:
    return preview.model_copy(update={"status": status, "reason": reason, "url": None})
