"""Webhook deliveries: an id belongs to the first body that came under it, for a week."""

from __future__ import annotations

import asyncio
import os

import pytest
from store_cases import Hand
from test_store_loops import in_loops

from shared.model import sha256
from shared.stores import DELIVERY_SECONDS, Stores

ONE, OTHER = sha256(b"one body"), sha256(b"another body")


async def test_an_id_is_bound_to_its_first_body(stores: Stores) -> None:
    assert await stores.deliveries.bind("github", "d-1", ONE)
    assert not await stores.deliveries.bind("github", "d-1", OTHER)
    assert await stores.deliveries.bind("github", "d-1", ONE)


async def test_ids_of_several_providers_are_their_own(stores: Stores) -> None:
    assert await stores.deliveries.bind("github", "d-1", ONE)
    assert await stores.deliveries.bind("gitlab", "d-1", OTHER)
    assert await stores.deliveries.bind("github", "d-2", OTHER)
    assert not await stores.deliveries.bind("gitlab", "d-1", ONE)


@pytest.mark.parametrize("delivery", ["a/b?c#d", "x" * 128, "D-1", "%2F", "é"])
async def test_any_id_is_one_of_its_own(stores: Stores, delivery: str) -> None:
    assert await stores.deliveries.bind("ci", "d-1", ONE)
    assert await stores.deliveries.bind("ci", delivery, OTHER)
    assert not await stores.deliveries.bind("ci", delivery, ONE)


async def test_a_week_after_its_first_binding_an_id_is_free_again(stores: Stores, adapter: str, clock: Hand) -> None:
    if adapter == "cosmos" and "COSMOS_ENDPOINT" in os.environ:
        pytest.skip("an account forgets by its own clock, after seven days")
    assert await stores.deliveries.bind("github", "d-1", ONE)
    clock.advance(DELIVERY_SECONDS - 1)
    assert await stores.deliveries.bind("github", "d-1", ONE)
    assert not await stores.deliveries.bind("github", "d-1", OTHER)
    clock.advance(1)
    assert await stores.deliveries.bind("github", "d-1", OTHER)
    assert not await stores.deliveries.bind("github", "d-1", ONE)


async def test_of_many_bodies_under_one_id_one_wins(stores: Stores) -> None:
    bodies = [sha256(str(number).encode()) for number in range(12)]
    answers = await asyncio.gather(*(stores.deliveries.bind("github", "d-1", body) for body in bodies * 2))
    assert sum(answers) == 2, "the one that won, both times"
    winner = bodies[answers.index(True) % 12]
    assert [await stores.deliveries.bind("github", "d-1", body) for body in bodies] == [body == winner for body in bodies]


def test_of_many_loops_that_bind_one_id_one_wins(stores: Stores) -> None:
    assert sum(in_loops([stores.deliveries.bind("github", "d-1", sha256(str(number).encode())) for number in range(6)])) == 1
