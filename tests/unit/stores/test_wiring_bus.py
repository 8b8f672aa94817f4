"""Which settings choose Service Bus, and which are refused before anything is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bus_cases import make_broker, make_event

from activities.outbox import relay
from shared.model import ConfigError
from shared.settings import Settings
from shared.wiring import Services, open_bus, services
from tests.fakes.amqp import amqp_server

ROOT = Path(__file__).resolve().parents[3]
SECRET = "c2VjcmV0"
CLOUD = f"Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey={SECRET}"
LOCAL = f"Endpoint=sb://127.0.0.1:5673;SharedAccessKeyName=x;SharedAccessKey={SECRET};UseDevelopmentEmulator=true"


def settings(**change: Any) -> Settings:
    return Settings(**{"azure_site_name": None, "servicebus_namespace": None, "servicebus_connection_string": None, **change})


def test_without_a_setting_nobody_outside_listens() -> None:
    assert open_bus(settings()) == (None, None)


def test_a_namespace_is_chosen_by_its_host_name_and_asked_nothing_yet() -> None:
    publisher, dead_letters = open_bus(settings(servicebus_namespace="ns.servicebus.windows.net"))
    assert publisher is not None
    assert dead_letters is not None


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"servicebus_connection_string": LOCAL, "azure_site_name": "app"}, "QLF7042", "inside Azure"),
        ({"servicebus_connection_string": CLOUD}, "QLF7042", "on this machine"),
        ({"servicebus_connection_string": LOCAL, "servicebus_namespace": "ns.servicebus.windows.net"}, "QLF7042", "both set"),
        ({"servicebus_connection_string": "nonsense"}, "QLF7044", "malformed"),
        ({"servicebus_connection_string": "Endpoint=sb://127.0.0.1:5673"}, "QLF7044", "malformed"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(change: dict[str, str], code: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_bus(settings(**change))
    assert caught.value.code == code
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


SCRIPT = """
import json, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "azure":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from shared.model import QlfError
from shared.settings import Settings
from shared.wiring import open_bus
try:
    open_bus(Settings(servicebus_namespace="ns.servicebus.windows.net"))
except QlfError as error:
    print(json.dumps([error.code, str(error), error.advice]))
"""


def test_a_laptop_without_the_sdk_is_told_what_to_install() -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    code, said, advice = json.loads(ran.stdout)
    assert (code, "QLF_SERVICEBUS_NAMESPACE" in said, "requirements.txt" in advice) == ("QLF7043", True, True)


async def test_the_outbox_of_this_machine_reaches_the_topic(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents on this machine, events to Service Bus: each is chosen on its own."""
    with amqp_server(make_broker()) as server:
        monkeypatch.setenv("QLF_SERVICEBUS_CONNECTION_STRING", server.connection_string)
        services.cache_clear()
        house: Services = services()
        try:
            run = make_run()
            event = make_event(1, run.id, "run.received")
            await house.stores.runs.create(run, event, None)
            assert await relay() == 1
            assert await relay() == 0
            assert server.broker.ids("audit") == [event.id]
        finally:
            house.stores.close()
            services.cache_clear()


async def test_without_a_topic_the_relay_has_nothing_to_do(house: Services) -> None:
    assert await relay() == 0


def make_run() -> Any:
    from shared.model import ArtifactRef, Run, new_id, sha256

    brief = ArtifactRef(path="sha256/e3/" + sha256(b""), sha256=sha256(b""), size=0)
    return Run(id=new_id("run"), brief=brief, created_at="2026-01-01T00:00:00.000000Z", updated_at="2026-01-01T00:00:00.000000Z")
