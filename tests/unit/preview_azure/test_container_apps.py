"""A preview on Container Apps from its brief life to each of its ends, over the real SDKs."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from azure_cases import Clock, sources

from shared.model import ConfigError, InputError, InternalError, Preview
from shared.preview import Advanced, Swept
from shared.preview.azure import ContainerAppPreviews
from shared.preview.azure.names import CANDIDATES, candidates
from shared.preview.port import Progress
from tests.fakes.arm import DIGEST, Azure, Fault

Fresh = Callable[..., Preview]


async def settle(
    previews: ContainerAppPreviews, preview: Preview, progress: Progress | None = None, *, most: int = 20
) -> tuple[Preview, int]:
    """Advance until nothing is left to do; the record and the number of steps."""
    step, count = Advanced(preview), 0
    while count < most:
        step = await previews.advance(step.preview, sources, progress)
        progress, count = step.progress, count + 1
        if progress is None:
            return step.preview, count
    raise AssertionError(f"not settled after {most} steps: {progress}")


async def test_a_capsule_is_built_deployed_probed_and_answers(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    ready, steps = await settle(previews, fresh())

    assert (ready.status, ready.url, ready.reason) == ("ready", azure.url, "")
    assert steps == 5
    assert (azure.count("POST", "/scheduleRun"), azure.count("PUT", "/upload/source.tar.gz")) == (1, 1)


async def test_the_app_is_pinned_probed_and_has_no_identity_of_its_own(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    preview = fresh()
    await settle(previews, preview)

    (name,), (app,) = azure.apps.keys(), azure.apps.values()
    facts, container = app["properties"], app["properties"]["template"]["containers"][0]
    assert container["image"].endswith(f"/previews/{name}@{DIGEST}")
    assert {probe["type"]: probe["httpGet"]["path"] for probe in container["probes"]} == {
        "Startup": "/readyz", "Readiness": "/readyz", "Liveness": "/livez",
    }  # fmt: skip
    assert facts["template"]["scale"] == {"minReplicas": 0, "maxReplicas": 1, "cooldownPeriod": 300}
    assert [setting["lifecycle"] for setting in facts["configuration"]["identitySettings"]] == ["None"]
    assert app["tags"] == {"qlf-preview": preview.id, "run-id": "run_1", "owner": "ann", "expires-at": preview.expires_at}
    assert facts["configuration"]["ingress"]["allowInsecure"] is False


async def test_secrets_are_new_for_each_preview_and_in_no_plain_variable(
    previews: ContainerAppPreviews, azure: Azure, fresh: Fresh
) -> None:
    one, two = fresh(), fresh()
    await settle(previews, one)
    await settle(previews, two)

    kept = [secret["value"] for secrets in azure.secrets.values() for secret in secrets]
    assert len(set(kept)) == 4
    assert not [value for value in kept if value in str(azure.apps)]
    assert (await previews.login(one)).password in kept


async def test_the_image_is_built_from_the_platforms_dockerfile(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    await settle(previews, fresh())

    archive = tarfile.open(fileobj=io.BytesIO(gzip.decompress(azure.uploads[0])))  # noqa: SIM115
    assert sorted(archive.getnames()) == [
        "alembic.ini", "migrations/env.py", "platform.Dockerfile", "platform.sh", "requirements.txt",
        "src/clinic/__init__.py", "src/clinic/main.py",
    ]  # fmt: skip
    text = (archive.extractfile("platform.Dockerfile") or io.BytesIO()).read().decode()
    assert "evil" not in text
    assert "USER 10001" in text
    assert azure.builds["b1"]["arguments"] == [{"name": "PACKAGE", "value": "clinic"}]


async def test_a_step_that_was_lost_is_done_again_without_a_second_app(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    preview = fresh()
    first = await previews.advance(preview, sources, None)
    building = await previews.advance(preview, sources, first.progress)
    deployed = await previews.advance(preview, sources, building.progress)
    secret = str(azure.secrets)
    again = await previews.advance(preview, sources, building.progress)

    assert deployed.progress == again.progress
    assert str(azure.secrets) == secret
    assert (
        azure.count(
            "PUT",
        )
        - azure.count("PUT", "source.tar.gz")
        == 1
    )
    from_the_start, _ = await settle(previews, preview)
    assert from_the_start.status == "ready"
    assert azure.count("POST", "/scheduleRun") == 1


async def test_a_failed_build_says_why_and_leaves_nothing(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    azure.build_ends = "Failed"
    failed, _ = await settle(previews, fresh())

    assert failed.status == "failed"
    assert failed.reason == "QLF6026: the image build ended as Failed: no space left"
    assert azure.apps == {}


async def test_a_denied_pull_is_told_in_our_own_time(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, clock: Clock) -> None:
    """The platform lets it hang for a quarter of an hour."""
    azure.start_looks, azure.revision_says = 10**6, "Failed to pull image: UNAUTHORIZED"
    step = await previews.advance(fresh(), sources, None)
    while (step.progress or {})["stage"] != "start":
        step = await previews.advance(step.preview, sources, step.progress)
    clock.pass_(minutes=5)
    assert (await previews.advance(step.preview, sources, step.progress)).progress == {**(step.progress or {}), "counted": True}
    clock.pass_(minutes=2)
    late = await previews.advance(step.preview, sources, step.progress)

    assert late.progress is None
    assert late.preview.status == "failed"
    assert "QLF6003: stage start took too long: Failed to pull image: UNAUTHORIZED" in late.preview.reason
    assert (azure.apps, azure.images) == ({}, {})


@pytest.mark.parametrize(
    ("said", "code"), [("ImagePullUnauthorized: denied", "QLF6029"), ("container crashed", "QLF6003"), ("", "QLF6003")]
)
async def test_a_failed_start_carries_the_platforms_words(
    previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, said: str, code: str
) -> None:
    azure.start_ends, azure.revision_says = "Failed", said
    failed, _ = await settle(previews, fresh())

    assert failed.reason == code + ": " + (said or "the app's state is Failed")
    assert azure.apps == {}


async def test_an_app_that_never_answers_ends_at_its_deadline(
    previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, clock: Clock
) -> None:
    azure.app_answers = 503
    step = await previews.advance(fresh(), sources, None)
    for _ in range(6):
        step = await previews.advance(step.preview, sources, step.progress)
    assert (step.progress or {})["stage"] == "start"
    clock.pass_(minutes=7)
    late = await previews.advance(step.preview, sources, step.progress)

    assert late.preview.status == "failed"
    assert azure.apps == {}


@pytest.mark.parametrize("fault", [
    Fault("PUT", "", 409, "OperationInProgress"), Fault("PUT", "", 429, "TooManyRequests", {"Retry-After": "1"}, times=5),
    Fault("GET", "containerApps", 503, "Unavailable", times=5),
    Fault("POST", "/scheduleRun", 429, "TooManyRequests", {"Retry-After": "0"}, times=4),
    Fault("POST", "/listBuildSourceUploadUrl", 500, "Oops", times=4),
])  # fmt: skip
async def test_what_passes_by_itself_is_waited_for(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, fault: Fault) -> None:
    azure.faults = [fault]
    ready, _ = await settle(previews, fresh())

    assert fault.times == 0
    assert ready.status == "ready"


@pytest.mark.parametrize(("fault", "code"), [
    (Fault("PUT", "", 403, "AuthorizationFailed"), "QLF6021"), (Fault("PUT", "", 400, "MaxNumberOfAppsExceeded"), "QLF6022"),
    (Fault("PUT", "", 400, "QuotaExceeded"), "QLF6022"), (Fault("PUT", "", 400, "InvalidParameter"), "QLF6023"),
    (Fault("POST", "/scheduleRun", 403, "AuthorizationFailed"), "QLF6021"),
    (Fault("GET", "containerApps", 401, "ExpiredToken", times=5), "QLF6021"),
])  # fmt: skip
async def test_what_somebody_must_mend_is_told(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, fault: Fault, code: str) -> None:
    azure.faults = [fault]
    failed, _ = await settle(previews, fresh())

    assert (failed.status, failed.reason[:7]) == ("failed", code)


async def test_a_name_that_another_preview_has_is_left_alone(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    preview = fresh()
    first = next(candidates(preview.id))
    azure.apps[first] = {
        "id": "x",
        "name": first,
        "location": "westeurope",
        "tags": {"qlf-preview": "prv_other", "expires-at": "9"},
        "properties": {},
    }
    ready, _ = await settle(previews, preview)

    assert ready.status == "ready"
    assert azure.apps[first]["tags"]["qlf-preview"] == "prv_other"
    assert len(azure.apps) == 2
    await previews.destroy(ready)
    assert list(azure.apps) == [first]


async def test_no_free_name_is_a_failure(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    preview = fresh()
    for name in candidates(preview.id):
        azure.apps[name] = {"id": name, "name": name, "location": "x", "tags": {}, "properties": {}}
    failed, _ = await settle(previews, preview)

    assert failed.reason.startswith("QLF6027")
    assert len(azure.apps) == CANDIDATES


async def test_one_user_has_only_so_many(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    for _ in range(2):
        assert (await settle(previews, fresh()))[0].status == "ready"
    third, _ = await settle(previews, fresh())
    other, _ = await settle(previews, fresh(owner="bob"))

    assert third.reason.startswith("QLF6024: 2 of 2")
    assert other.status == "ready"


async def test_previews_that_are_built_at_once_do_not_pass_the_cap(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    """None of them has an app while the others ask, so the cap is asked again before an app is made."""
    begun = [await previews.advance(preview, sources, None) for preview in (fresh(), fresh(), fresh())]
    assert all(step.progress and step.progress["stage"] == "build" for step in begun)
    settled = [(await settle(previews, step.preview, step.progress))[0] for step in begun]

    assert [preview.status for preview in settled] == ["ready", "ready", "failed"]
    assert settled[2].reason.startswith("QLF6024: 2 of 2")
    assert len(azure.apps) == len(azure.images) == 2


async def test_apps_that_were_made_in_the_same_moment_are_counted_afterwards(
    previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = sorted([await previews.advance(preview, sources, None) for preview in (fresh(), fresh(), fresh())], key=lambda s: s.preview.id)
    with monkeypatch.context() as blind:
        blind.setattr(previews, "_others", nobody)
        made = []
        for step in begun:
            while step.progress and step.progress["stage"] == "build":
                step = await previews.advance(step.preview, sources, step.progress)
            made.append(step)
    assert len(azure.apps) == 3
    settled = [(await settle(previews, step.preview, step.progress))[0] for step in reversed(made)]

    assert [preview.status for preview in settled] == ["failed", "ready", "ready"]
    assert len(azure.apps) == len(azure.images) == 2


async def nobody(*_: object) -> list[str]:
    return []


async def test_extending_moves_the_end_that_the_sweeper_reads(
    previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, clock: Clock
) -> None:
    ready, _ = await settle(previews, fresh())
    longer = await previews.extend(ready, clock.in_(hours=3))
    clock.pass_(hours=2)

    assert await previews.sweep() == Swept([])
    assert (await previews.refresh(longer)).status == "ready"
    clock.pass_(hours=2)
    assert await previews.sweep() == Swept([ready.id])
    assert (azure.apps, azure.images) == ({}, {})


async def test_the_sweeper_needs_no_record(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, clock: Clock) -> None:
    """Five marked apps over three pages, one without a readable end, and one that is not ours."""
    ids = [fresh(owner=f"user-{n}", expires_at=clock.in_(minutes=10 if n % 2 else 90)) for n in range(5)]
    for preview in ids:
        await settle(previews, preview)
    azure.apps["aa"] = {"id": "x", "name": "aa", "location": "x", "tags": {"qlf-preview": "prv_lost"}, "properties": {}}
    azure.apps["zz"] = {"id": "x", "name": "zz", "location": "x", "tags": {"team": "shop"}, "properties": {}}
    clock.pass_(minutes=30)

    assert sorted((await previews.sweep()).ended) == sorted([ids[1].id, ids[3].id, "prv_lost"])
    assert "zz" in azure.apps
    assert len(azure.apps) == 4


async def test_a_preview_past_its_time_is_ended_by_whoever_looks(
    previews: ContainerAppPreviews, azure: Azure, fresh: Fresh, clock: Clock
) -> None:
    ready, _ = await settle(previews, fresh())
    clock.pass_(hours=2)
    ended = await previews.refresh(ready)

    assert (ended.status, ended.url, ended.reason) == ("destroyed", None, "its time was over")
    assert azure.apps == {}


async def test_an_app_that_somebody_deleted_is_written_down(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    ready, _ = await settle(previews, fresh())
    azure.apps.clear()

    assert (await previews.refresh(ready)).status == "destroyed"
    assert (await previews.destroy(ready)).status == "destroyed"
    with pytest.raises(InputError, match="QLF6004"):
        await previews.extend(ready, ready.expires_at)


async def test_busy_azure_is_told_where_nobody_looks_again(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    ready, _ = await settle(previews, fresh())
    azure.faults = [Fault("DELETE", "", 409, "OperationInProgress"), Fault("PATCH", "", 409, "OperationInProgress")]

    with pytest.raises(InternalError, match="QLF6007"):
        await previews.destroy(ready)
    with pytest.raises(InternalError, match="QLF6028"):
        await previews.extend(ready, ready.expires_at)
    assert (await previews.destroy(ready)).status == "destroyed"


async def test_the_log_comes_from_the_workspace_and_is_bounded(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    azure.log = ["first", "second", "third"]
    preview = fresh()

    assert await previews.logs(preview, 100) == b"first\nsecond\nthird"
    assert await previews.logs(preview, 5) == b"third"
    assert next(candidates(preview.id)) in azure.queries[0]


async def test_without_a_workspace_the_log_is_an_error(place: object, clock: Clock, fresh: Fresh) -> None:
    from dataclasses import replace

    previews = ContainerAppPreviews(replace(place, log_workspace=None), object, clock)  # type: ignore[type-var]
    with pytest.raises(ConfigError, match="QLF6025"):
        await previews.logs(fresh(), 10)


async def test_what_has_settled_is_left_alone(previews: ContainerAppPreviews, azure: Azure, fresh: Fresh) -> None:
    for status in ("ready", "failed", "destroyed"):
        step = await previews.advance(fresh(status=status), sources, None)
        assert (step.progress, step.preview.status) == (None, status)
    assert azure.asked == []
