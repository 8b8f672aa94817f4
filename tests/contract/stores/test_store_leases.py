"""Leases between processes: one holder at a time, until it gives the lease back or lets it end. Azurite goes by its own clock."""

from __future__ import annotations

import asyncio

import pytest
from store_cases import ON_AZURITE, WITH_LEASES, Hand
from test_store_loops import LOOPS, in_loops

from shared.model import InternalError
from shared.stores import Stores

everywhere = pytest.mark.parametrize("adapter", WITH_LEASES)


@everywhere
async def test_a_lease_has_one_owner(stores: Stores) -> None:
    assert await stores.leases.acquire("sweep", "me", 15)
    assert not await stores.leases.acquire("sweep", "you", 15)
    assert await stores.leases.acquire("sweep", "me", 60)
    assert await stores.leases.acquire("other", "you", 15)


@everywhere
async def test_any_text_names_a_lease_and_its_owner(stores: Stores) -> None:
    names = ["", "a/b", "../x", "é\x00\U0001f984", "x" * 5000]
    for name in names:
        assert await stores.leases.acquire(name, "me" + name, 60)
    for name in names:
        assert await stores.leases.renew(name, "me" + name)
        assert not await stores.leases.acquire(name, "you", 60)


@everywhere
@pytest.mark.parametrize("seconds", [0, 14, 61, -1])
async def test_a_lease_lasts_fifteen_to_sixty_seconds(stores: Stores, seconds: int) -> None:
    with pytest.raises(InternalError) as caught:
        await stores.leases.acquire("sweep", "me", seconds)
    assert caught.value.code == "QLF9000"
    assert await stores.leases.acquire("sweep", "you", 15)


@everywhere
async def test_only_the_owner_gives_a_lease_back(stores: Stores) -> None:
    assert await stores.leases.acquire("sweep", "me", 60)
    await stores.leases.release("sweep", "you")
    assert not await stores.leases.acquire("sweep", "you", 60)
    await stores.leases.release("sweep", "me")
    await stores.leases.release("sweep", "me")
    assert await stores.leases.acquire("sweep", "you", 60)
    await stores.leases.release("never taken", "me")


@everywhere
async def test_only_a_holder_renews(stores: Stores) -> None:
    assert not await stores.leases.renew("never taken", "me")
    assert await stores.leases.acquire("sweep", "me", 60)
    assert await stores.leases.renew("sweep", "me")
    assert not await stores.leases.renew("sweep", "you")
    await stores.leases.release("sweep", "me")
    assert not await stores.leases.renew("sweep", "me")


@everywhere
async def test_of_many_who_ask_one_gets_the_lease(stores: Stores) -> None:
    answers = await asyncio.gather(*(stores.leases.acquire("sweep", f"owner-{number}", 60) for number in range(12)))
    assert sum(answers) == 1


@everywhere
def test_one_lease_on_many_loops_has_one_owner(stores: Stores) -> None:
    assert sum(in_loops([stores.leases.acquire("sweep", f"owner-{number}", 60) for number in range(LOOPS)])) == 1


async def test_a_lease_ends_at_its_expiry(stores: Stores, clock: Hand) -> None:
    assert await stores.leases.acquire("sweep", "me", 20)
    clock.advance(19.5)
    assert not await stores.leases.acquire("sweep", "you", 20)
    clock.advance(0.5)
    assert await stores.leases.acquire("sweep", "you", 20)
    assert not await stores.leases.renew("sweep", "me")


async def test_a_renewed_lease_lasts_as_long_again(stores: Stores, clock: Hand) -> None:
    assert await stores.leases.acquire("sweep", "me", 20)
    clock.advance(15)
    assert await stores.leases.renew("sweep", "me")
    clock.advance(19.5)
    assert not await stores.leases.acquire("sweep", "you", 20)
    clock.advance(0.5)
    assert await stores.leases.acquire("sweep", "you", 20)


async def test_an_owner_who_asks_again_says_anew_how_long(stores: Stores, clock: Hand) -> None:
    assert await stores.leases.acquire("sweep", "me", 20)
    assert await stores.leases.acquire("sweep", "me", 60)
    clock.advance(59.5)
    assert not await stores.leases.acquire("sweep", "you", 20)
    assert await stores.leases.renew("sweep", "me")
    clock.advance(59.5)
    assert not await stores.leases.acquire("sweep", "you", 20)


async def test_an_ended_lease_that_nobody_took_is_held_again_by_its_owner_alone(stores: Stores, clock: Hand) -> None:
    assert await stores.leases.acquire("sweep", "me", 20)
    clock.advance(300)
    assert not await stores.leases.renew("sweep", "you")
    assert await stores.leases.renew("sweep", "me")
    assert not await stores.leases.acquire("sweep", "you", 20)


async def test_a_lease_that_somebody_had_in_between_is_lost(stores: Stores, clock: Hand) -> None:
    assert await stores.leases.acquire("sweep", "me", 20)
    clock.advance(20)
    assert await stores.leases.acquire("sweep", "you", 20)
    await stores.leases.release("sweep", "you")
    assert not await stores.leases.renew("sweep", "me")
    await stores.leases.release("sweep", "me")
    assert await stores.leases.acquire("sweep", "somebody", 20)


async def test_of_many_who_ask_for_an_ended_lease_one_gets_it(stores: Stores, clock: Hand) -> None:
    assert await stores.leases.acquire("sweep", "dead", 20)
    clock.advance(20)
    answers = await asyncio.gather(*(stores.leases.acquire("sweep", f"owner-{number}", 20) for number in range(12)))
    assert sum(answers) == 1


@pytest.mark.parametrize("adapter", [ON_AZURITE])
async def test_the_lease_of_the_dead_is_taken_over_by_the_clock_of_the_service(stores: Stores) -> None:
    assert await stores.leases.acquire("sweep", "dead", 15)
    async with asyncio.timeout(60):
        while not await stores.leases.acquire("sweep", "me", 15):
            await asyncio.sleep(0.5)
    assert not await stores.leases.renew("sweep", "dead")
    await stores.leases.release("sweep", "dead")
    assert not await stores.leases.acquire("sweep", "you", 15)
    assert await stores.leases.renew("sweep", "me")
