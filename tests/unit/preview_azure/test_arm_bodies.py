"""The loopback ARM's own check of bodies: what we send passes it, and each planted fault does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from azure.mgmt.appcontainers import models as app_models
from azure.mgmt.containerregistrytasks import models as task_models

from shared.model import Preview
from shared.preview.azure.envelope import envelope
from shared.preview.azure.place import Place
from tests.fakes.arm import APPS, REGISTRY, TOKEN, loopback_azure
from tests.fakes.arm.models import faults, wanting
from tests.fakes.tls import Certificate

CONFIGURATION, TEMPLATE = "properties/configuration", "properties/template"
CONTAINER = f"{TEMPLATE}/containers/0"
GONE = object()
Body = dict[str, Any]


@pytest.fixture
def app(place: Place, fresh: Callable[..., Preview]) -> Body:
    """The body that a preview sends."""
    made = envelope(place, fresh(), "reg.azurecr.io/previews/p", "sha256:" + "a" * 64, {"secret-key": "k", "admin-password": "p"})
    return copy.deepcopy(dict(made.as_dict()))


@pytest.fixture
def build() -> Body:
    request = task_models.DockerBuildRequest(
        source_location="source/a.tar.gz", docker_file_path="Dockerfile", image_names=["p:1"], is_push_enabled=True, timeout=900,
        arguments=[task_models.Argument(name="PACKAGE", value="clinic")], agent_configuration=task_models.AgentProperties(cpu=2),
        platform=task_models.PlatformProperties(os="Linux", architecture="amd64"),
    )  # fmt: skip
    return dict(request.as_dict())


def planted(body: Body, path: str, value: Any) -> Body:
    """A copy with the value at the path, or without what is there."""
    made: Any = copy.deepcopy(body)
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    at = made
    for step in way:
        at = at[step]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return dict(made)


def said_of_app(body: Any) -> list[str]:
    return faults(app_models.ContainerApp, body, app_models) + wanting(app_models.ContainerApp, body)


def said_of_build(body: Any) -> list[str]:
    return faults(task_models.DockerBuildRequest, body, task_models) + wanting(task_models.DockerBuildRequest, body)


def test_what_we_send_has_no_fault(app: Body, build: Body) -> None:
    assert said_of_app(app) == []
    assert said_of_build(build) == []


@pytest.mark.parametrize(("path", "value", "fault"), [
    (f"{CONFIGURATION}/activeRevisionMode", "Single", "unknown"),
    (f"{CONFIGURATION}/activeRevisionsMode", "Sngle", "not one of Multiple, Single"),
    (f"{CONFIGURATION}/identitySettings/0/lifecycle", "Nope", "not one of All, Init, Main, None"),
    (f"{CONFIGURATION}/identitySettings/0/identity", GONE, "missing"),
    (f"{CONFIGURATION}/ingress/transport", "http3", "not one of auto, http, http2, tcp"),
    (f"{CONFIGURATION}/ingress/targetPort", "8000", "not int"),
    (f"{CONFIGURATION}/ingress/fqdn", "a.example.org", "read only"),
    (f"{CONFIGURATION}/ingress/external", 1, "not bool"),
    (f"{CONFIGURATION}/secrets/0/name", GONE, "missing"),
    (f"{CONFIGURATION}/registries/0/server", GONE, "missing"),
    (f"{CONTAINER}/probes/0/type", "Strtup", "not one of Liveness, Readiness, Startup"),
    (f"{CONTAINER}/probes/0/type", GONE, "missing"),
    (f"{CONTAINER}/probes/0/httpGet/port", GONE, "missing"),
    (f"{CONTAINER}/probes/0/httpGet/port", None, "not int"),
    (f"{CONTAINER}/probes/0/httpGet/scheme", "https", "not one of HTTP, HTTPS"),
    (f"{CONTAINER}/env/0/name", GONE, "missing"),
    (f"{CONTAINER}/resources/cpu", "0.5", "not float"),
    (f"{CONTAINER}/name", GONE, "missing"),
    (f"{CONTAINER}/image", GONE, "missing"),
    (f"{TEMPLATE}/containers", [], "empty"),
    (f"{TEMPLATE}/containers", {}, "not a list"),
    (f"{TEMPLATE}/containers", GONE, "missing"),
    (f"{TEMPLATE}/scale/minReplicas", 0.5, "not int"),
    ("properties/environmentId", GONE, "missing"),
    ("properties/provisioningState", "Succeeded", "read only"),
    ("properties", GONE, "missing"),
    ("location", GONE, "missing"),
    ("identity/type", GONE, "missing"),
    ("identity/type", "UserAsigned", "not one of None, SystemAssigned, SystemAssigned,UserAssigned, UserAssigned"),
    ("tags", ["a"], "not an object"),
    ("tags/owner", 1, "not str"),
])  # fmt: skip
def test_a_fault_of_an_app_is_named_by_its_path(app: Body, path: str, value: Any, fault: str) -> None:
    assert f"/{path}: {fault}" in said_of_app(planted(app, path, value))


@pytest.mark.parametrize(("path", "left", "fault"), [
    (f"{CONTAINER}/probes/0", "httpGet", "httpGet|tcpSocket"), (f"{CONTAINER}/env/0", "value", "value|secretRef"),
    (f"{CONFIGURATION}/secrets/0", "value", "value|keyVaultUrl"), (f"{CONFIGURATION}/registries/0", "identity", "identity|username"),
])  # fmt: skip
def test_one_of_two_is_wanted(app: Body, path: str, left: str, fault: str) -> None:
    assert said_of_app(planted(app, f"{path}/{left}", GONE)) == [f"/{path}/{fault}: missing"]


@pytest.mark.parametrize(("path", "value", "fault"), [
    ("type", "DockerBuild", "not DockerBuildRequest"), ("type", GONE, "missing"),
    ("dockerFilePath", GONE, "missing"), ("sourceLocation", GONE, "missing"),
    ("imageNames", GONE, "missing"), ("imageNames", [], "empty"), ("imageNames", "p:1", "not a list"),
    ("platform", GONE, "missing"), ("platform/os", GONE, "missing"), ("platform/os", "linux", "not one of Linux, Windows"),
    ("arguments/0/value", GONE, "missing"), ("timeout", True, "not int"),
])  # fmt: skip
def test_a_fault_of_a_build_is_named_by_its_path(build: Body, path: str, value: Any, fault: str) -> None:
    assert f"/{path}: {fault}" in said_of_build(planted(build, path, value))


def test_a_body_that_is_no_object_is_a_fault() -> None:
    assert said_of_app([])[0] == "/: not an object"
    assert said_of_build("text")[0] == "/: not an object"


@pytest.mark.parametrize(("method", "path"), [
    ("PUT", f"{APPS}/p"), ("PATCH", f"{APPS}/p"), ("POST", f"{REGISTRY}/scheduleRun"),
])  # fmt: skip
async def test_a_body_with_a_fault_is_answered_as_arm_does_and_noted(certificate: Certificate, method: str, path: str) -> None:
    async with loopback_azure(certificate) as azure, aiohttp.ClientSession() as session:
        azure.apps["p"] = {"name": "p"}
        answer = await session.request(
            method, f"{azure.url}{path}?api-version=x", json={}, headers={"Authorization": f"Bearer {TOKEN}"}, ssl=False
        )

        assert (answer.status, (await answer.json())["error"]["code"]) == (400, "InvalidRequestContent")
        assert azure.bad
        assert all(note.startswith(f"{method} {path} /") for note in azure.bad)
        assert azure.builds == {}
        assert azure.apps == {"p": {"name": "p"}}
