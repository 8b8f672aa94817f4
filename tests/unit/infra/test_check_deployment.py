"""scripts/check_deployment.py against a loopback Azure: what it accepts, and each way in which a deployment can be bad."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from deployed_azure import CLIENT, RUN, SITE, Azure, serving

from scripts import check_deployment


class Credential:
    """Whoever runs the check; the token names what it is for."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(scopes[0], 2**31)


@pytest.fixture
def azure() -> Iterator[Azure]:
    with serving() as azure:
        yield azure


def check(azure: Azure, *more: str, pauses: list[float] | None = None) -> int:
    call = ["--url", azure.url, "--arm", azure.url, "--site-id", SITE, "--client-id", CLIENT, "--polls", "4", *more]
    return check_deployment.main(call, Credential(), (pauses if pauses is not None else []).append)


def test_a_good_deployment_passes_all_four_steps(azure: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(azure) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[0] for line in out.splitlines()] == ["functions", "health", "door", "brief"]
    assert f"{len(azure.functions)} of {len(azure.functions)} are there" in out
    assert f"run {RUN} is completed, its capsule has 5 bytes and verifies" in out
    assert len(azure.keys) == 1


def test_a_download_is_followed_to_the_store_and_the_token_stays_behind(azure: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    azure.link = f"{azure.url}/blob?sig=secret"
    assert check(azure) == 0
    assert "its capsule has 5 bytes and verifies" in capsys.readouterr().out
    assert ("GET", "/blob") in azure.seen


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("{url}/blob?sig=other", "the link to 127.0.0.1 was answered with HTTP status 400"),
        ("{url}/capsules/cap_1/download?sig=secret", "was answered with HTTP status 401"),
        ("http://blob.example/x?sig=secret", "the service's link is not https"),
        ("ftp://127.0.0.1/x?sig=secret", "the service's link is not https"),
        ("http://127.0.0.1:1/x?sig=secret", "127.0.0.1: ConnectError"),
        ("/api/v1/runs", "the service's link is not https"),
    ],
)
def test_a_link_that_does_not_give_the_capsule_is_told_and_not_shown(
    azure: Azure, capsys: pytest.CaptureFixture[str], link: str, told: str
) -> None:
    azure.link = link.format(url=azure.url)
    assert check(azure) == 1
    said = capsys.readouterr().err
    assert told in said
    assert "sig=" not in said


def test_it_waits_for_functions_and_for_the_app(azure: Azure) -> None:
    azure.appear_after, azure.ready_after = 3, 2
    pauses: list[float] = []
    assert check(azure, pauses=pauses) == 0
    assert len(pauses) == 3 + 2 + 2  # functions, health, and two looks at the run


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"functions": []}, "functions: FAILED: missing: "),
        ({"functions": ["api"]}, "not ours: none"),
        ({"functions": [*sorted(check_deployment.expected()), "stranger"]}, "missing: none; not ours: stranger"),
        ({"next_host": "http://localhost:1"}, "goes on at another host"),
        ({"ready_after": 99}, "health: FAILED: not ready: HTTP status 503"),
        ({"door": 200}, "door: FAILED: a call without a token was answered with 200"),
        ({"statuses": ["failed"]}, f"brief: FAILED: run {RUN} is failed"),
        ({"statuses": ["blocked"]}, f"run {RUN} is blocked"),
        ({"statuses": ["running"]}, f"run {RUN} is running, not completed"),
        ({"capsules": []}, "has 0 capsules"),
        ({"capsule": b""}, "capsule cap_1 is empty"),
        ({"verified": False}, "capsule cap_1 does not verify"),
        ({"capsules": [{"id": "cap_2"}]}, "brief: FAILED"),
    ],
)
def test_a_bad_deployment_is_told(azure: Azure, capsys: pytest.CaptureFixture[str], change: dict[str, Any], told: str) -> None:
    for name, value in change.items():
        setattr(azure, name, value)
    assert check(azure) == 1
    assert told in capsys.readouterr().err


def test_nothing_is_asked_of_an_app_whose_functions_are_missing(azure: Azure) -> None:
    azure.functions = []
    assert check(azure) == 1
    assert {path for _, path in azure.seen} == {f"{SITE}/functions"}


def test_nobody_there_is_told(azure: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(azure, "--url", "http://127.0.0.1:1") == 1
    assert "health: FAILED: not ready" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://factory.example", "ftp://127.0.0.1", "factory.example"])
def test_tokens_travel_by_tls_only(azure: Azure, capsys: pytest.CaptureFixture[str], url: str) -> None:
    with pytest.raises(SystemExit) as ended:
        check(azure, "--url", url)
    assert ended.value.code == 2
    assert "neither https nor loopback" in capsys.readouterr().err
    assert azure.seen == []
