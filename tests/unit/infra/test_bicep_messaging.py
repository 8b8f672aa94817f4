"""The topic: subscriptions for named subscribers only, nothing that fills up unseen, and what docs/azure/events.md offers to name."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pytest
from bicep_reader import Bicep, Resource, literal, said

from shared.model.event import EventType

ROOT = Path(__file__).resolve().parents[3]
INFRA = ROOT / "infra-bicep"
MESSAGING = INFRA / "modules" / "messaging.bicep"
EVENTS = (ROOT / "docs" / "azure" / "events.md").read_text()


def says(resource: Resource, *path: str) -> str | None:
    return literal(resource.get("properties", *path))


def fills_up(file: Path) -> list[str]:
    """What would fill the topic, or its dead letters, with messages that nobody reads."""
    bus, found = Bicep(file), []
    if not says(bus.resource("Microsoft.ServiceBus/namespaces/topics"), "maxSizeInMegabytes"):
        found.append("the size of the topic is left to the service")
    for resource in bus.resources:
        if not resource.kind.split("@")[0].endswith("topics/subscriptions"):
            continue
        declared = f"resource {resource.symbol} '{resource.kind}' = [\n  for subscriber in subscribers: {{"
        if declared not in said(bus.root):
            found.append(f"{resource.symbol}: made for nobody")
        if says(resource, "deadLetteringOnMessageExpiration") != "false":
            found.append(f"{resource.symbol}: dead-letters what nobody fetched")
        if not says(resource, "defaultMessageTimeToLive"):
            found.append(f"{resource.symbol}: keeps for ever")
    return found


def test_nothing_fills_up_unseen() -> None:
    assert fills_up(MESSAGING) == []
    assert "param subscribers array = []" in said(Bicep(INFRA / "main.bicep").root)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("    maxSizeInMegabytes: 5120\n", "", "the size of the topic is left to the service"),
        ("OnMessageExpiration: false", "OnMessageExpiration: true", "subscriptions: dead-letters what nobody fetched"),
        ("      defaultMessageTimeToLive: 'P14D'\n", "", "subscriptions: keeps for ever"),
        ("for subscriber in subscribers: {", "for subscriber in everyone: {", "subscriptions: made for nobody"),
    ],
)
def test_what_fills_up_is_found(tmp_path: Path, old: str, new: str, found: str) -> None:
    file = tmp_path / "messaging.bicep"
    shutil.copy(MESSAGING, file)
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    assert fills_up(file) == [found]


def test_the_topic_finds_duplicates_and_a_subscription_keeps_what_it_could_not_deliver() -> None:
    bus = Bicep(MESSAGING)
    assert says(bus.resource("Microsoft.ServiceBus/namespaces/topics"), "requiresDuplicateDetection") == "true"
    subscription = bus.resource("Microsoft.ServiceBus/namespaces/topics/subscriptions")
    assert says(subscription, "deadLetteringOnFilterEvaluationExceptions") == "true"
    assert says(subscription, "maxDeliveryCount") == "5"


def rule(subscriber: dict[str, Any]) -> str:
    """The SQL of a subscriber's rule, as the template writes it."""
    resource = Bicep(MESSAGING).resource("Microsoft.ServiceBus/namespaces/topics/subscriptions/rules")
    assert literal(resource.get("name")) == "$Default"  # in place of the rule that lets everything through
    text = said(resource.get("properties", "sqlFilter", "sqlExpression"))[1:-1].replace("\\'", "'")  # type: ignore[arg-type]
    optional = "${contains(subscriber, 'filter') ? ' AND (${subscriber.filter})' : ''}"
    assert text.endswith(optional)
    text = text.removesuffix(optional) + (f" AND ({subscriber['filter']})" if "filter" in subscriber else "")
    return text.replace("${subscriber.name}", subscriber["name"])


def test_a_dead_letter_that_is_sent_again_reaches_the_one_subscription_that_gave_it_up() -> None:
    assert rule({"name": "audit"}) == "(replay_for IS NULL OR replay_for = 'audit')"
    assert rule({"name": "x", "filter": "a OR b"}) == "(replay_for IS NULL OR replay_for = 'x') AND (a OR b)"


def test_the_subscribers_that_the_page_offers_are_the_coarse_ones_and_are_told_of_events_that_there_are() -> None:
    (block,) = re.findall(r"azd env set FACTORY_SUBSCRIBERS \"\$\(cat <<'END'\n(.*?)\nEND\n", EVENTS, re.S)
    offered = {one["name"]: one for one in json.loads(block)}
    assert list(offered) == ["projection", "notify", "audit"]
    assert [name for name, one in offered.items() if one.get("sessions")] == ["projection"]  # sessions are fixed once made
    assert all(set(one) <= {"name", "sessions", "filter"} for one in offered.values())
    listed = re.findall(r"'([a-z_.]+\.[a-z_]+)'", offered["notify"]["filter"])
    assert len(listed) == 8
    assert set(listed) <= set(get_args(EventType))
    assert offered["notify"]["filter"] == f"sys.Label IN ({', '.join(repr(one) for one in listed)})"
