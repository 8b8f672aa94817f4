"""Every parameter, setting and variable that docs/azure names is one: of the template, of the program, of the host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bicep_reader import Bicep, said, walk

from shared.settings import variables

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "azure").glob("*.md"))
MAIN = Bicep(ROOT / "infra-bicep" / "main.bicep")

ELSEWHERE = {
    "partitionCount": "key of host.json for the storage provider of Azure Storage, which local.md is about",
    "AZURE_SUBSCRIPTION_ID": "read by azure/login in the pipeline",
    "AZURE_TENANT_ID": "read by azure/login in the pipeline",
    "IDENTITY_ENDPOINT": "set by Container Apps where an identity may be used",
    "OTEL_TRACES_SAMPLER_ARG": "read by OpenTelemetry",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "read by the Python worker; the page says why it is not set",
    "SERVICE_API_": "the beginning of several outputs",
}
"""Names that are neither the template's nor the program's, with where they belong."""


def keys(value: Any) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield key
        yield from keys(inner)


def words_of_the_template() -> set[str]:
    """Parameters, keys and properties that a Bicep file writes or reads."""
    found: set[str] = set()
    for path in (ROOT / "infra-bicep").rglob("*.bicep"):
        bicep = Bicep(path)
        found |= set(bicep.params) | bicep.outputs | set(re.findall(r"\.(\w+)\b", said(bicep.root)))
        found |= {said(node.named_children[0]).strip("'") for node in walk(bicep.root) if node.type == "object_property"}
    return found


def known() -> set[str]:
    host = json.loads((ROOT / "host.json").read_text()), json.loads((Path(__file__).parent / "durable_host_keys.json").read_text())
    given = set(re.findall(r"\$\{(\w+)", (ROOT / "infra-bicep" / "main.parameters.json").read_text()))
    return words_of_the_template() | {key for part in host for key in keys(part)} | {name for name, _ in variables()} | given


def named(text: str) -> set[str]:
    """What looks like a switch: code in camel case, and words in capitals with an underscore."""
    return set(re.findall(r"`([a-z]+(?:[A-Z][a-z0-9]*)+)`", text)) | set(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b", text))


def parameters(text: str) -> set[str]:
    """What is called a parameter, and what is said to be set by one of the variables of azd."""
    called = re.findall(r"\bparameters?\s+`(\w+)`", text)
    return {*called, *(name for name, _ in re.findall(r"`(\w+)` \((?:`azd env set )?`?(FACTORY_\w+)", text))}


def strange(text: str) -> list[str]:
    return sorted((named(text) - known() - set(ELSEWHERE)) | (parameters(text) - set(MAIN.params)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_switch_that_a_page_names_is_there(page: Path) -> None:
    assert strange(page.read_text()) == []


def test_the_pages_name_switches() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    assert {"cosmosAccountName", "hubName", "storageSku", "projectAccess", "webhooks", "trustedKeys"} <= parameters(text) | named(text)
    assert set(ELSEWHERE) <= named(text)
    assert not set(ELSEWHERE) & known()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("set `cosmosAccount` to the restored one", ["cosmosAccount"]),
        ("its name is the parameter `hub`", ["hub"]),
        ("its name is the parameter `maxSessions`", ["maxSessions"]),  # of a module: nobody can hand it over
        ("`azd env set FACTORY_HUB x`", ["FACTORY_HUB"]),
        ("set `QLF_COSMOS_ACCOUNT`", ["QLF_COSMOS_ACCOUNT"]),
        ("`subscriber` (`FACTORY_SUBSCRIBERS`)", ["subscriber"]),
        ("the parameter `hubName`, `QLF_HOME`, `disableLocalAuth`", []),
    ],
)
def test_a_switch_that_is_not_there_is_found(text: str, found: list[str]) -> None:
    assert strange(text) == found


def test_a_variable_stands_beside_its_own_parameter() -> None:
    given = json.loads((ROOT / "infra-bicep" / "main.parameters.json").read_text())["parameters"]
    pairs = [pair for page in PAGES for pair in re.findall(r"`(\w+)` \((?:`azd env set )?`?(FACTORY_\w+)", page.read_text())]
    assert len(pairs) >= 3
    assert not [pair for pair in pairs if f"${{{pair[1]}" not in given[pair[0]]["value"]]
