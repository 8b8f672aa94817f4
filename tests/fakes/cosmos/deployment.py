"""The containers as a deployment makes them, in the words of the REST protocol."""

from __future__ import annotations

from typing import Any

from shared.stores.azure.cosmos.containers import CONTAINERS, Container


def definition(container: Container) -> dict[str, Any]:
    """One container."""
    made = {
        "id": container.name,
        "partitionKey": container.partition_key_definition(),
        "indexingPolicy": container.indexing_policy(),
        "defaultTtl": container.default_ttl,
        "vectorEmbeddingPolicy": container.vector_policy(),
    }
    return {name: value for name, value in made.items() if value is not None}


def definitions() -> list[dict[str, Any]]:
    """All of them."""
    return [definition(container) for container in CONTAINERS]
