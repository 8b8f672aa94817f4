"""The small rooms: settings, codes, data folder, briefs, intents."""

from __future__ import annotations

import contextlib
import io
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_service import Qlf

from cli.briefs import READ_LIMIT, decode, read_brief
from cli.home import Home, replace_private
from cli.intents import Intents
from cli.output import plain
from shared.model import CATALOGUE, ConfigError, InputError, is_id
from shared.settings import Settings

# -- settings


def test_settings_show_where_they_come_from(qlf: Qlf, monkeypatch: pytest.MonkeyPatch) -> None:
    qlf("config", "set", "ttl", "24h")
    monkeypatch.setenv("QLF_PROGRESS", "none")
    shown = qlf("config", "show", "--json").result["config"]

    assert shown["ttl"] == {"value": "24h", "origin": "config.json"}
    assert shown["progress"] == {"value": "none", "origin": "QLF_PROGRESS"}
    assert shown["endpoint"] == {"value": "", "origin": "default"}


def test_an_empty_value_returns_to_the_default(qlf: Qlf, home: Path) -> None:
    qlf("config", "set", "ttl", "24h")
    qlf("config", "set", "ttl", "")

    assert qlf("config", "show", "--json").result["config"]["ttl"] == {"value": "1h", "origin": "default"}
    assert json.loads((home / "config.json").read_text()) == {}


def test_a_kept_value_that_is_overridden_is_said_so(qlf: Qlf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QLF_TTL", "30m")

    assert "QLF_TTL is set and overrides" in qlf("config", "set", "ttl", "24h").err


@pytest.mark.parametrize(("name", "value", "code"), [
    ("colour", "red", "QLF8017"), ("progress", "loud", "QLF8017"), ("endpoint", "example.org", "QLF8017"), ("ttl", "soon", "QLF6001"),
    ("accept_assumptions", "true", "QLF8017"),
])  # fmt: skip
def test_a_setting_that_is_not_there_or_does_not_fit(qlf: Qlf, name: str, value: str, code: str) -> None:
    called = qlf("config", "set", name, value, "--json")

    assert (called.code, called.error) == (2, code)


@pytest.mark.parametrize("text", ["{", "[]", '{"ttl": 3}', "\x00"])
def test_a_damaged_settings_file_is_told_and_not_overwritten(qlf: Qlf, home: Path, text: str) -> None:
    home.mkdir()
    (home / "config.json").write_text(text)

    assert qlf("config", "set", "ttl", "24h", "--json").error == "QLF8016"
    assert (home / "config.json").read_text() == text


# -- codes


@pytest.mark.parametrize("code", ["QLF8005", "qlf8005", " 8005 "])
def test_a_code_is_explained_however_it_is_written(qlf: Qlf, code: str) -> None:
    called = qlf("explain", code)

    assert called.code == 0
    assert called.out.startswith(f"QLF8005  {CATALOGUE['QLF8005'].title}")


def test_an_unknown_code_names_near_ones(qlf: Qlf) -> None:
    called = qlf("explain", "QLF8999", "--json")

    assert (called.code, called.error) == (2, "QLF8018")
    assert "did you mean QLF8" in called.result["error"]["detail"]


def test_all_codes(qlf: Qlf) -> None:
    assert [entry["code"] for entry in qlf("explain", "--all", "--json").result["entries"]] == sorted(CATALOGUE)


# -- the data folder


def test_the_cli_and_the_app_mean_the_same_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QLF_HOME", raising=False)
    assert Home.from_environment().root == Settings().home
    monkeypatch.setenv("QLF_HOME", str(tmp_path / "some where"))
    assert Home.from_environment().root == Settings().home == tmp_path / "some where"


def test_everything_in_it_is_the_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.token()
    Intents(home).new("secret plans", {}, None, "")

    assert [str(path) for path in [home.root, *home.root.rglob("*")] if path.stat().st_mode & 0o077] == []


def test_of_many_first_uses_one_token_comes_out(tmp_path: Path) -> None:
    tokens: list[str] = []
    starters = [threading.Thread(target=lambda: tokens.append(Home(tmp_path / "home").token())) for _ in range(16)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    assert len(tokens) == 16
    assert len(set(tokens)) == 1
    assert len(tokens[0]) >= 43
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["token"]


def test_an_empty_token_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("")

    with pytest.raises(ConfigError) as error:
        Home(tmp_path).token()
    assert error.value.code == "QLF8016"


def test_a_failed_replacement_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError):
        replace_private(tmp_path / "folder", b"new")

    assert os.listdir(tmp_path) == ["folder"]


# -- briefs


@given(st.text())
def test_any_text_comes_through_a_pipe_with_plain_line_ends(text: str) -> None:
    expected = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    assert read_brief("-", io.BytesIO(text.encode())) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_a_coded_refusal(data: bytes) -> None:
    with contextlib.suppress(InputError):
        assert decode(data) is not None
        return
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8-sig")


def test_an_endless_pipe_is_read_to_a_bound() -> None:
    text = read_brief(None, io.BytesIO(b"a" + "é".encode() * READ_LIMIT))

    assert READ_LIMIT // 2 <= len(text) <= READ_LIMIT


# -- intents


def test_the_newest_open_intent_is_the_one_to_resume(tmp_path: Path) -> None:
    intents = Intents(Home(tmp_path))
    first, second = (intents.new(brief, {"ttl": 60}, tmp_path / "out", "") for brief in ("one", "two"))

    assert is_id("run", first.run_id)
    assert intents.newest_open() == second
    intents.close(second, 0)
    assert intents.newest_open() == first
    assert intents.find(second.run_id).state == "closed"  # type: ignore[union-attr]


def test_a_damaged_intent_is_passed_over(tmp_path: Path) -> None:
    intents = Intents(Home(tmp_path))
    kept = intents.new("one", {}, None, "")
    for number, text in enumerate(["", "{", "[]", '{"run_id": 1}', '{"surprise": 1}']):
        (tmp_path / "intents" / f"7{number}.json").write_text(text)

    assert list(intents.all()) == [kept]


@given(st.text(max_size=40))
def test_no_text_but_a_run_id_reaches_the_folder(text: str) -> None:
    with pytest.raises(InputError):
        Intents(Home(Path("/nonexistent"))).find(text)


# -- the screen


@given(st.text())
def test_no_control_character_reaches_the_screen(text: str) -> None:
    shown = plain(text)

    assert not any(ord(char) < 32 and char not in "\t\n" for char in shown)
    assert not any(0x7F <= ord(char) < 0xA0 for char in shown)
    assert plain(shown) == shown
