"""The yardstick: the same work on `durabletask` with its in-memory backend, which keeps nothing and survives nothing.

`python -m bench.durabletask_peer` prints one JSON object of rates per second. It runs in a process of its own, so that
neither side warms the other's caches or shares its lock. It knows no asynchronous activities.
"""

import json
import logging
import socket
import sys
import time
from collections.abc import Generator
from typing import Any

from durabletask import client as dt_client
from durabletask import task, worker
from durabletask.testing import create_test_backend

ORCHESTRATIONS, ACTIVITIES = 300, 1000


def plain(_context: task.ActivityContext, n: int) -> int:
    """A synchronous activity."""
    return n


def one(context: task.OrchestrationContext, _input: Any) -> Generator[Any, Any, Any]:
    """One activity."""
    return (yield context.call_activity(plain, input=1))


def fan(context: task.OrchestrationContext, count: int) -> Generator[Any, Any, Any]:
    """A fan-out."""
    got: Any = yield task.when_all([context.call_activity(plain, input=n) for n in range(count)])
    return len(got)


def rates(client: dt_client.TaskHubGrpcClient) -> dict[str, float]:
    """Orchestrations and activities per second."""
    client.wait_for_orchestration_completion(client.schedule_new_orchestration(one), timeout=60)
    began = time.perf_counter()
    for instance in [client.schedule_new_orchestration(one) for _ in range(ORCHESTRATIONS)]:
        client.wait_for_orchestration_completion(instance, timeout=300)
    orchestrations = ORCHESTRATIONS / (time.perf_counter() - began)
    began = time.perf_counter()
    state = client.wait_for_orchestration_completion(client.schedule_new_orchestration(fan, input=ACTIVITIES), timeout=300)
    if state is None or state.serialized_output != str(ACTIVITIES):
        raise RuntimeError(f"the peer did not finish: {state}")
    return {"orchestrations": orchestrations, "activities": ACTIVITIES / (time.perf_counter() - began)}


def main() -> int:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    create_test_backend(port=port)
    address = f"localhost:{port}"
    with worker.TaskHubGrpcWorker(host_address=address) as peer:
        for orchestrator in (one, fan):
            peer.add_orchestrator(orchestrator)
        peer.add_activity(plain)
        peer.start()  # type: ignore[no-untyped-call]
        found = rates(dt_client.TaskHubGrpcClient(host_address=address))
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
