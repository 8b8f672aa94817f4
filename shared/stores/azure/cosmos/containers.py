"""What the containers are: names, partition keys, lifetimes, indexes. The template that creates them is held equal to this by a test.

The data role of an identity cannot create containers, so nothing here runs in production; it is what the deployment must have made.
https://learn.microsoft.com/azure/cosmos-db/nosql/how-to-create-container
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.model import Json
from shared.stores.ports import DELIVERY_SECONDS

CONSISTENCY = "Strong"
"""Default consistency of the account: the client library does not carry a batch's session token into the next read."""
NO_EXPIRY = -1
"""Items of the container may carry a `ttl` of their own; without one they stay."""
VECTOR_DIMENSIONS = 1536


@dataclass(frozen=True, slots=True)
class Container:
    """One container. `indexed` names the paths that queries use; everything else is left out of the index, which makes writes cheap."""

    name: str
    partition_key: tuple[str, ...]
    default_ttl: int | None
    indexed: tuple[str, ...]
    composite: tuple[tuple[str, str], ...] = ()
    vector_path: str | None = None

    def partition_key_definition(self) -> dict[str, Any]:
        """The `partitionKey` of the resource; hierarchical keys are `MultiHash`, always version 2."""
        kind = "Hash" if len(self.partition_key) == 1 else "MultiHash"
        return {"paths": list(self.partition_key), "kind": kind, "version": 2}

    def indexing_policy(self) -> dict[str, Any]:
        """The `indexingPolicy` of the resource."""
        policy: dict[str, Any] = {
            "indexingMode": "consistent",
            "automatic": True,
            "includedPaths": [{"path": f"{path}/?"} for path in self.indexed],
            "excludedPaths": [{"path": "/*"}, {"path": '/"_etag"/?'}],
        }
        if self.composite:
            policy["compositeIndexes"] = [[{"path": path, "order": order} for path, order in self.composite]]
        if self.vector_path:
            policy["excludedPaths"].append({"path": f"{self.vector_path}/*"})
            policy["vectorIndexes"] = [{"path": self.vector_path, "type": "quantizedFlat"}]
        return policy

    def vector_policy(self) -> dict[str, Json] | None:
        """The `vectorEmbeddingPolicy` of the resource, which can be given only when it is created."""
        if self.vector_path is None:
            return None
        embedding: Json = {
            "path": self.vector_path,
            "dataType": "float32",
            "dimensions": VECTOR_DIMENSIONS,
            "distanceFunction": "cosine",
        }
        return {"vectorEmbeddings": [embedding]}


RUNS = Container(
    name="runs",
    partition_key=("/project_id", "/run_id"),
    default_ttl=None,
    indexed=("/project_id", "/run_id", "/id", "/kind", "/status", "/seq", "/created_at", "/updated_at", "/item_id"),
    composite=(("/created_at", "descending"), ("/item_id", "descending")),
)
"""Runs with their events, capsules and previews. The change feed of this container is the outbox."""
REGISTRY = Container(name="registry", partition_key=("/key",), default_ttl=NO_EXPIRY, indexed=("/key", "/kind"))
"""Small documents that are found by their key: where a run is, who holds an idempotency key, memos, prompts, overlays, policies."""
LEASES = Container(name="leases", partition_key=("/id",), default_ttl=NO_EXPIRY, indexed=("/id",))
"""How far the outbox has come. Lease documents of earlier versions end by their own lifetime."""
PROJECTS = Container(name="projects", partition_key=("/project_id",), default_ttl=None, indexed=("/project_id", "/kind"))
DELIVERIES = Container(name="deliveries", partition_key=("/provider",), default_ttl=DELIVERY_SECONDS, indexed=("/provider", "/id"))
"""Webhook deliveries that were seen, so that a repeated one is known."""
FAILURES = Container(
    name="failures", partition_key=("/language",), default_ttl=None, indexed=("/language", "/error_class"), vector_path="/embedding"
)
"""Normalised error signatures with their vectors."""

CONTAINERS: tuple[Container, ...] = (RUNS, REGISTRY, LEASES, PROJECTS, DELIVERIES, FAILURES)
