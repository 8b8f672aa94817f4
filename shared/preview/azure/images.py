"""Images of previews: the port, and ACR Tasks behind it, which builds without a container engine of our own."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from shared.capsule import SourceFile
from shared.preview.azure.faults import plain, told
from shared.preview.azure.place import Place
from shared.preview.launch import SCRIPT

TEMPLATE = Path(__file__).with_name("Dockerfile")
DOCKERFILE = "platform.Dockerfile"
_ALWAYS = ("requirements.txt", "alembic.ini")
_ROOMS = ("src/", "migrations/")
_AT_WORK = frozenset({"Queued", "Started", "Running"})
_SECONDS = 900
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Build:
    """What became of a build: at work, done with `digest` (`sha256:…`), or failed for `reason`."""

    done: bool = False
    digest: str = ""
    reason: str = ""


class ImageBuilder(Protocol):
    """Makes images from sources and a Dockerfile of the platform's."""

    async def start(self, repository: str, tag: str, package: str, files: Mapping[str, SourceFile]) -> str:
        """Begin to build and push `repository:tag`; the build's id."""
        ...

    async def look(self, build: str, repository: str) -> Build:
        """How the build stands."""
        ...

    async def find(self, repository: str, tag: str) -> str:
        """The digest of an image that is there already, or nothing."""
        ...

    async def cancel(self, build: str) -> None:
        """End the build, so that it pushes nothing afterwards; one that has ended stays as it is."""
        ...

    async def repositories(self, prefix: str) -> list[str]:
        """The names of all repositories that begin so."""
        ...

    async def pushed(self, repository: str) -> datetime:
        """When something was last pushed there; `datetime.max` when it is not there."""
        ...

    async def remove(self, repository: str) -> None:
        """Delete the repository with all its images; nothing happens when it is not there."""
        ...


def build_context(files: Mapping[str, SourceFile]) -> bytes:
    """What the build may see, as a gzipped tar: sources, migrations, the lock, and the platform's Dockerfile and script."""
    chosen = {path: file.data for path, file in files.items() if path in _ALWAYS or path.startswith(_ROOMS)}
    chosen |= {DOCKERFILE: TEMPLATE.read_bytes(), "platform.sh": SCRIPT.read_bytes()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=6) as archive:
        for path in sorted(chosen):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(chosen[path]), 0o644
            archive.addfile(entry, io.BytesIO(chosen[path]))
    return buffer.getvalue()


class AcrTasks:
    """Quick builds of a container registry. The SDK is a beta, which is why nobody else sees it."""

    def __init__(self, place: Place, tasks: Any, registry: Any, upload: Any) -> None:
        """`tasks` is a ContainerRegistryTasksMgmtClient, `registry` a ContainerRegistryClient, `upload(url, data)` writes a blob."""
        self._place = place
        self._tasks = tasks
        self._registry = registry
        self._upload = upload

    async def start(self, repository: str, tag: str, package: str, files: Mapping[str, SourceFile]) -> str:
        """Upload the context, then schedule the build."""
        from azure.mgmt.containerregistrytasks import models

        where = (self._place.registry.group, self._place.registry.name)
        async with told():
            place = await self._tasks.registries.get_build_source_upload_url(*where)
            await self._upload(place.upload_url, build_context(files))
            run = await self._tasks.registries.schedule_run(
                *where,
                models.DockerBuildRequest(
                    source_location=place.relative_path,
                    docker_file_path=DOCKERFILE,
                    image_names=[f"{repository}:{tag}"],
                    arguments=[models.Argument(name="PACKAGE", value=package)],
                    is_push_enabled=True,
                    timeout=_SECONDS,
                    platform=models.PlatformProperties(os="Linux", architecture="amd64"),
                    agent_configuration=models.AgentProperties(cpu=2),
                ),
            )
        return str(run.properties.run_id)

    async def look(self, build: str, repository: str) -> Build:
        """The digest comes from the build's own report of what it pushed."""
        async with told():
            run = await self._tasks.runs.get(self._place.registry.group, self._place.registry.name, build)
        facts, status = run.properties, plain(run.properties.status)
        if status in _AT_WORK:
            return Build()
        if status == "Succeeded":
            pushed = [image.digest for image in facts.output_images or [] if image.repository == repository and image.digest]
            return Build(done=True, digest=str(pushed[0])) if pushed else Build(done=True, reason="the build pushed no image")
        return Build(done=True, reason=f"the image build ended as {status}: {facts.run_error_message or 'see its log'}"[:500])

    async def find(self, repository: str, tag: str) -> str:
        """By the tag, which names the capsule."""
        async with told():
            try:
                return str((await self._registry.get_tag_properties(repository, tag)).digest)
            except ResourceNotFoundError:
                return ""

    async def cancel(self, build: str) -> None:
        """A run that has ended refuses, and nothing is amiss."""
        async with told():
            with contextlib.suppress(ResourceNotFoundError, ResourceExistsError):
                await self._tasks.runs.cancel(self._place.registry.group, self._place.registry.name, build)

    async def repositories(self, prefix: str) -> list[str]:
        """The registry lists all it has: it knows no prefixes."""
        async with told():
            return [name async for name in self._registry.list_repository_names() if name.startswith(prefix)]

    async def pushed(self, repository: str) -> datetime:
        """A change of its settings counts as well."""
        async with told():
            try:
                facts = await self._registry.get_repository_properties(repository)
            except ResourceNotFoundError:
                return _NEVER
        return facts.last_updated_on or _NEVER

    async def remove(self, repository: str) -> None:
        """The images of one preview have a repository of their own."""
        async with told():
            try:
                await self._registry.delete_repository(repository)
            except ResourceNotFoundError:
                return
