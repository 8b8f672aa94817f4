"""The cache of Entra's signing keys: rotation, outages, hostile answers, and what strangers can make it do."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_entra import Entra, ec_key, jwk, rsa_key, serving

from api.identity import keys
from api.identity.keys import FRESH, MAX_BYTES, PAUSE, STALE, SigningKeys, parse_keys
from shared.model import ConfigError, InternalError, QlfError


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def entra() -> Iterator[Entra]:
    with serving() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(entra: Entra, clock: Clock) -> SigningKeys:
    return SigningKeys(f"{entra.url}/keys", now=clock)


async def refused(cache: SigningKeys, kid: str) -> str:
    with pytest.raises(QlfError) as caught:
        await cache.get(kid)
    assert isinstance(caught.value, (ConfigError, InternalError))
    return caught.value.code


async def settled(cache: SigningKeys, entra: Entra, asked: int) -> None:
    """Wait for a fetch that goes on beside the requests: the next unknown id is answered after it."""
    for _ in range(1000):
        if entra.asked >= asked and cache._flight is not None and cache._flight.done():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the fetch did not end")


async def test_a_key_is_fetched_once(cache: SigningKeys, entra: Entra) -> None:
    found = [await cache.get("one") for _ in range(20)]
    assert {key.key_id for key in found} == {"one"}
    assert entra.asked == 1


async def test_many_requests_at_the_start_ask_once(cache: SigningKeys, entra: Entra) -> None:
    entra.gate = threading.Event()
    waiting = [asyncio.create_task(cache.get("one")) for _ in range(50)]
    await asyncio.sleep(0)
    entra.gate.set()
    assert len(await asyncio.gather(*waiting)) == 50
    assert entra.asked == 1


async def test_a_request_that_is_given_up_does_not_stop_the_others(cache: SigningKeys, entra: Entra) -> None:
    entra.gate = threading.Event()
    impatient, patient = asyncio.create_task(cache.get("one")), asyncio.create_task(cache.get("one"))
    await asyncio.sleep(0)
    impatient.cancel()
    entra.gate.set()
    assert (await patient).key_id == "one"


async def test_a_new_key_is_found_as_soon_as_it_signs(cache: SigningKeys, entra: Entra, clock: Clock) -> None:
    await cache.get("one")
    entra.kids = ["one", "two"]
    clock.now += PAUSE
    assert (await cache.get("two")).key_id == "two"
    assert entra.asked == 2


async def test_a_key_that_is_taken_back_ends(cache: SigningKeys, entra: Entra, clock: Clock) -> None:
    await cache.get("one")
    entra.kids = ["two"]
    clock.now += FRESH
    await cache.get("one")  # answered from the cache, while the keys are asked for beside it
    await settled(cache, entra, 2)
    assert await refused(cache, "one") == "QLF7121"


async def test_unknown_ids_ask_no_more_often_than_the_pause_allows(cache: SigningKeys, entra: Entra, clock: Clock) -> None:
    await cache.get("one")
    for n in range(50):
        assert await refused(cache, f"made-up-{n}") == "QLF7121"
    assert entra.asked == 1
    clock.now += PAUSE
    for n in range(50):
        await refused(cache, f"made-up-{n}")
    assert entra.asked == 2


async def test_known_keys_serve_through_an_outage_for_a_day(cache: SigningKeys, entra: Entra, clock: Clock) -> None:
    await cache.get("one")
    entra.fault = (503, b"")
    clock.now += FRESH
    assert (await cache.get("one")).key_id == "one"
    await settled(cache, entra, 2)
    clock.now += STALE - FRESH - 1
    assert (await cache.get("one")).key_id == "one"
    await settled(cache, entra, 3)
    clock.now += PAUSE
    assert await refused(cache, "one") == "QLF7123"
    entra.fault = None
    clock.now += PAUSE
    assert (await cache.get("one")).key_id == "one"


async def test_during_an_outage_an_unknown_key_is_not_called_wrong(cache: SigningKeys, entra: Entra, clock: Clock) -> None:
    await cache.get("one")
    entra.fault = (500, b"")
    clock.now += PAUSE
    assert await refused(cache, "two") == "QLF7123"


BAD: dict[str, tuple[int, bytes]] = {
    "an error": (500, b"{}"),
    "not found": (404, b"{}"),
    "not JSON": (200, b"<html>"),
    "not a key set": (200, b"[1]"),
    "no keys": (200, b'{"keys": []}'),
    "keys that are none": (200, b'{"keys": [1, null, {"kty": "RSA"}, {"kty": "RSA", "kid": "one", "n": "!", "e": 3}]}'),
    "too many keys": (200, json.dumps({"keys": [{"kty": "RSA", "kid": "one"}] * 100}).encode()),
    "too much": (200, b" " * (MAX_BYTES + 1)),
    "deep": (200, b"[" * 100_000),
    "a curve": (200, json.dumps({"keys": [jwk("one", ec_key())]}).encode()),
    "a key for encryption": (200, json.dumps({"keys": [jwk("one", rsa_key("one")) | {"use": "enc"}]}).encode()),
    "a shared secret": (200, b'{"keys": [{"kty": "oct", "kid": "one", "k": "c2VjcmV0"}]}'),
}


@pytest.mark.parametrize("bad", BAD)
async def test_a_bad_answer_is_an_outage(cache: SigningKeys, entra: Entra, bad: str) -> None:
    entra.fault = BAD[bad]
    assert await refused(cache, "one") == "QLF7123"


async def test_a_redirect_is_not_followed(cache: SigningKeys, entra: Entra) -> None:
    entra.fault, entra.location = (302, b""), f"{entra.url}/elsewhere"
    assert await refused(cache, "one") == "QLF7123"
    assert entra.asked == 1


async def test_an_answer_that_does_not_come_ends_in_time(cache: SigningKeys, entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "PATIENCE", 0.2)
    entra.gate = threading.Event()
    assert await refused(cache, "one") == "QLF7123"
    entra.gate.set()


async def test_nobody_there_is_an_outage(clock: Clock) -> None:
    assert await refused(SigningKeys("http://127.0.0.1:9/keys", now=clock), "one") == "QLF7123"


async def test_one_bad_key_does_not_spoil_the_set(cache: SigningKeys, entra: Entra) -> None:
    entra.more = [{"kty": "RSA", "kid": "bad", "n": "", "e": ""}, {"kty": "new"}, jwk("curve", ec_key())]
    assert (await cache.get("one")).key_id == "one"


def test_the_cache_serves_several_event_loops(entra: Entra, clock: Clock) -> None:
    cache = SigningKeys(f"{entra.url}/keys", now=clock)
    assert [asyncio.run(cache.get("one")).key_id for _ in range(3)] == ["one"] * 3
    assert entra.asked == 1


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_no_document_gets_past_the_parser_but_a_key_set(document: Any) -> None:
    for body in (document, {"keys": document}, {"keys": [document]}, {"keys": [{"kty": "RSA", "kid": "x", "n": document, "e": document}]}):
        with pytest.raises(ValueError):
            parse_keys(json.dumps(body).encode())
