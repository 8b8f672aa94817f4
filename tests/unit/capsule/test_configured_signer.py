"""Which key an installation signs with: a file, a text from a vault, its own; and where it may have none of its own."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from shared.capsule import hint, load_public_keys, load_signer, pem_text
from shared.model import ConfigError
from shared.settings import Settings
from shared.wiring import Services, configured_signer, services

KEYS = [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()]
Pem = Callable[[Any], bytes]


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("QLF_SIGNING_KEY", "QLF_SIGNING_KEY_PEM", "QLF_TRUSTED_KEYS", "WEBSITE_SITE_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QLF_HOME", str(tmp_path / "home"))
    services.cache_clear()
    yield
    services.cache_clear()


def started() -> Services:
    made = services()
    made.stores.close()
    return made


@pytest.mark.parametrize("key", KEYS, ids=["ecdsa", "ed25519"])
@pytest.mark.parametrize("form", [bytes.decode, lambda pem: base64.b64encode(pem).decode(), lambda pem: f"\n  {pem.decode()}  \n"])
def test_the_key_may_be_a_text_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, pem: Pem, key: Any, form: Callable[[bytes], str]
) -> None:
    monkeypatch.setenv("QLF_SIGNING_KEY_PEM", form(pem(key)))
    house, hint = started(), load_signer(pem(key)).public.hint
    assert house.signer().public.hint == hint
    assert hint in [known.hint for known in house.public_keys()]
    assert not (house.settings.home / "keys").exists()


def test_it_signs_inside_azure_too(pem: Pem) -> None:
    settings = Settings(signing_key_pem=pem(KEYS[0]).decode(), azure_site_name="func-factory")
    assert Services(settings, str, None).signer().public.hint == load_signer(pem(KEYS[0])).public.hint  # type: ignore[arg-type]


def test_a_file_comes_before_the_text(tmp_path: Path, pem: Pem) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(pem(KEYS[1]))
    key = configured_signer(Settings(signing_key=file, signing_key_pem=pem(KEYS[0]).decode()))
    assert key is not None
    assert key.public.hint == load_signer(pem(KEYS[1])).public.hint


def test_a_laptop_makes_its_own_and_an_instance_in_azure_must_not(tmp_path: Path) -> None:
    here = Services(Settings(home=tmp_path), str, None)  # type: ignore[arg-type]  # no store is asked
    assert [here.signer().public.hint] == [key.hint for key in here.public_keys()]
    there = Services(Settings(home=tmp_path / "x", azure_site_name="func-factory"), str, None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        there.signer()
    assert caught.value.code == "QLF5033"
    assert there.public_keys() == []
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "text", ["nonsense", "bm90IGEga2V5", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----", "é", "\udcff"]
)
def test_a_key_that_cannot_sign_ends_the_start_and_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("QLF_SIGNING_KEY_PEM", text)
    with pytest.raises(ConfigError) as caught:
        services()
    assert (caught.value.code, caught.value.detail.partition(":")[0]) == ("QLF5030", "QLF_SIGNING_KEY_PEM")
    chain = [caught.value, caught.value.__cause__]
    assert [error for error in chain if error is not None and ("c2Vj" in str(error) or text in str(error))] == []
    assert text not in caplog.text


def test_a_file_that_is_not_there_ends_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QLF_SIGNING_KEY", str(tmp_path / "gone.pem"))
    with pytest.raises(ConfigError, match=r"gone\.pem") as caught:
        services()
    assert caught.value.code == "QLF8021"


@given(text=st.text(max_size=200))
def test_no_text_crashes_the_reader(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_signer(pem_text(text))
    assert caught.value.code == "QLF5030"


# -- earlier signers


def public(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()  # type: ignore[no-any-return]


@pytest.mark.parametrize("form", [str, lambda text: base64.b64encode(text.encode()).decode(), lambda text: text.replace("\n", "\r\n")])
def test_earlier_signers_are_known_beside_the_one_who_signs_now(
    monkeypatch: pytest.MonkeyPatch, pem: Pem, form: Callable[[str], str]
) -> None:
    former = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    monkeypatch.setenv("QLF_SIGNING_KEY_PEM", pem(KEYS[0]).decode())
    monkeypatch.setenv("QLF_TRUSTED_KEYS", form("".join(map(public, former))))
    known = [key.hint for key in started().public_keys()]
    assert known == [hint(key.public_key()) for key in (KEYS[0], *former)]


@pytest.mark.parametrize("bad", ["private", "half", "more", "nothing", "words"])
def test_what_is_no_list_of_public_keys_ends_the_start(monkeypatch: pytest.MonkeyPatch, pem: Pem, bad: str) -> None:
    good = public(KEYS[1])
    texts = {
        "private": pem(KEYS[1]).decode(),
        "half": good + good[:60],
        "more": good + "and more",
        "nothing": " ",
        "words": "nonsense and words",
    }
    monkeypatch.setenv("QLF_TRUSTED_KEYS", texts[bad])
    with pytest.raises(ConfigError, match="QLF_TRUSTED_KEYS") as caught:
        services()
    assert caught.value.code == "QLF5030"
    assert texts[bad].strip() not in str(caught.value) or bad == "nothing"


@given(text=st.text(max_size=200) | st.text("-BEGINPUBLICKY END\nA+/=", max_size=200))
def test_no_text_crashes_the_reader_of_public_keys(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_public_keys(text)
    assert caught.value.code == "QLF5030"
