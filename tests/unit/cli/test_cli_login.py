"""`login`, `logout` and `whoami` with the real msal and azure-identity, an authority on loopback over TLS, and a real `qlf serve`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desktop_keyring import keyring
from entra_authority import CLI, Authority, authority
from loopback_entra import API, TENANT, USER, rsa_key
from scripted_service import Qlf

from cli.home import Home
from cli.identity import bearer, cache
from cli.identity.ways import Way, Ways, discover
from shared.model import ConfigError

ROOT = Path(__file__).resolve().parents[3]
ENTRA = {"ENTRA_TENANT_ID": TENANT, "ENTRA_CLIENT_ID": API, "ENTRA_CLI_CLIENT_ID": CLI}


@pytest.fixture(scope="module")
def entra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    rsa_key("one")
    with authority(tmp_path_factory.mktemp("authority")) as made:
        yield made


@pytest.fixture(scope="module")
def served(entra: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`qlf serve` where Entra is the way in: its address."""
    home = tmp_path_factory.mktemp("served")
    more = {**ENTRA, "ENTRA_AUTHORITY": entra.url, "SSL_CERT_FILE": str(entra.ca), "QLF_HOME": str(home)}
    with (home / "log").open("wb") as log:
        command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--json"]
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | more, stdout=subprocess.PIPE, stderr=log)
        assert server.stdout
        yield str(json.loads(server.stdout.readline())["event"]["url"])
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=60)


@pytest.fixture(autouse=True)
def trusting(entra: Authority, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user trusts the authority's certificate and names it; there is no browser, and nobody is signed in by the environment."""
    for name in [*ENTRA, *(name for name in os.environ if name.startswith("AZURE_")), "BROWSER", "DISPLAY", "IDENTITY_ENDPOINT"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(entra.ca))
    monkeypatch.setenv("SSL_CERT_FILE", str(entra.ca))
    monkeypatch.setenv("ENTRA_AUTHORITY", entra.url)
    entra.pending, entra.decline, entra.lifetime, entra.roles = 1, False, 3600, ["Operator"]
    entra.asked_for.clear()


def test_device_code_then_work_then_logout(qlf: Qlf, home: Path, served: str, entra: Authority) -> None:
    refused = qlf("runs", "--endpoint", served, "--json")
    assert (refused.code, refused.error) == (4, "QLF7121")
    called = qlf("login", "--endpoint", served, "--device-code", "--json")
    assert called.code == 0, called.err
    event, result = called.lines
    assert event["event"]["data"] == {"user_code": "ABC-123", "verification_uri": "https://example.com/device", "expires_in": 900}
    assert result["identity"] == {
        "id": USER, "name": "ada@example.com", "tenant": TENANT, "endpoint": served, "kept_in": "file",
    }  # fmt: skip
    assert "ABC-123" in called.err
    assert "there is no keyring here" in called.err
    assert [form["grant_type"].rpartition(":")[2] for form in entra.asked_for] == ["device_code", "device_code"]

    me = qlf("whoami", "--endpoint", served, "--json").result["identity"]
    assert (me["id"], me["role"], me["projects"], me["kind"]) == (USER, "Operator", ["default"], "user")
    assert qlf("runs", "--endpoint", served).code == 0
    assert len(entra.asked_for) == 2, "the token is kept between calls"

    assert qlf("logout", "--endpoint", served, "--json").result["identity"] == {"signed_out": [served]}
    assert (again := qlf("whoami", "--endpoint", served, "--json")).code == 4, again.out
    assert "refresh-" not in (home / "entra" / "tokens.json").read_text()


def test_what_is_kept_is_the_owners_alone(qlf: Qlf, home: Path, served: str) -> None:
    qlf("login", "--endpoint", served, "--device-code")
    (home / "entra" / "tokens.json").chmod(0o644)
    qlf("whoami", "--endpoint", served)
    kept = [path for path in (home / "entra", *(home / "entra").iterdir()) if not path.name.endswith(".lockfile")]
    assert len(kept) == 3
    assert [str(path) for path in kept if path.stat().st_mode & 0o077] == []


def test_a_role_that_is_too_low_is_an_exit_code(qlf: Qlf, served: str, entra: Authority) -> None:
    entra.roles = ["Reader"]
    qlf("login", "--endpoint", served, "--device-code")
    called = qlf("generate", "A library: members borrow books", "--endpoint", served, "--output", "out", "--json")
    assert (called.code, called.error) == (4, "QLF7122")
    entra.roles = []
    qlf("logout")
    qlf("login", "--endpoint", served, "--device-code")
    assert "none: ask an administrator" in qlf("whoami", "--endpoint", served).out
    assert qlf("runs", "--endpoint", served, "--json").error == "QLF7122"


def test_a_token_that_ends_is_renewed_without_the_user(qlf: Qlf, served: str, entra: Authority) -> None:
    entra.lifetime = 10  # msal renews what ends within five minutes
    qlf("login", "--endpoint", served, "--device-code")
    assert qlf("whoami", "--endpoint", served, "--json").code == 0
    assert entra.asked_for[-1]["grant_type"] == "refresh_token"
    entra.refresh.clear()
    ended = qlf("whoami", "--endpoint", served, "--json")
    assert (ended.code, ended.error) == (4, "QLF8051")
    assert "qlf login" in ended.err


def test_a_user_who_declines(qlf: Qlf, served: str, entra: Authority) -> None:
    entra.decline = True
    called = qlf("login", "--endpoint", served, "--device-code", "--json")
    assert (called.code, called.error) == (4, "QLF8055")
    assert called.result["error"]["detail"] == "authorization_declined: AADSTS70000: The user declined."


def test_the_browser(home: Path, served: str, entra: Authority, tmp_path: Path) -> None:
    browser = tmp_path / "browser.py"
    browser.write_text(
        "import json, ssl, sys, urllib.parse, urllib.request\n"
        f"context = ssl.create_default_context(cafile={str(entra.ca)!r})\n"
        "page = json.load(urllib.request.urlopen(sys.argv[1], context=context))\n"
        "form = urllib.parse.urlencode({'code': page['code'], 'state': page['state']}).encode()\n"
        "urllib.request.urlopen(urllib.request.Request(page['redirect_uri'], form)).read()\n"
    )
    env = os.environ | {"BROWSER": f"{sys.executable} {browser} %s &"}
    env.pop("SSH_CONNECTION", None)
    done = subprocess.run(
        [sys.executable, "-m", "cli", "login", "--endpoint", served, "--json"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["identity"]["id"] == USER
    assert entra.asked_for[-1]["grant_type"] == "authorization_code"
    assert "a browser opens" in done.stderr


@pytest.fixture
def pipeline(entra: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the environment of a pipeline."""

    def put(**more: str) -> None:
        for name, value in ({"AZURE_CLIENT_ID": CLI, "AZURE_TENANT_ID": TENANT, "AZURE_AUTHORITY_HOST": entra.url} | more).items():
            monkeypatch.setenv(name, value)

    return put


@pytest.mark.parametrize("proof", ["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"])
def test_a_pipeline_needs_no_login(qlf: Qlf, served: str, entra: Authority, pipeline: Callable[..., None], proof: str) -> None:
    given = Path("federated")
    given.write_text("assertion")
    pipeline(**{proof: str(given.absolute()) if proof.endswith("FILE") else "pipeline-secret"})
    missing = qlf("whoami", "--endpoint", served, "--json")
    assert missing.code == 4  # on this machine, without an application id, the data folder's token is tried
    pipeline(ENTRA_CLIENT_ID=API)
    me = qlf("whoami", "--endpoint", served, "--json")
    assert me.code == 0, me.err
    assert (me.result["identity"]["kind"], me.result["identity"]["role"]) == ("app", "Operator")
    assert entra.asked_for[-1]["scope"] == f"api://{API}/.default"


def test_a_pipeline_with_a_wrong_secret(qlf: Qlf, served: str, pipeline: Callable[..., None]) -> None:
    pipeline(ENTRA_CLIENT_ID=API, AZURE_CLIENT_SECRET="not-the-secret")
    called = qlf("whoami", "--endpoint", served, "--json")
    assert (called.code, called.error) == (4, "QLF8055")
    assert "not-the-secret" not in called.out + called.err


def test_without_azure_identity_the_file_to_install_is_named(
    qlf: Qlf, served: str, pipeline: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline(ENTRA_CLIENT_ID=API, AZURE_CLIENT_SECRET="pipeline-secret")
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    called = qlf("whoami", "--endpoint", served, "--json")
    assert (called.code, called.error) == (4, "QLF8054")
    assert "requirements.txt" in called.err


def test_on_this_machine_entra_is_the_way_in_once_it_is_set(qlf: Qlf, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert qlf("whoami", "--json").result["identity"]["id"] == "local"
    for name, value in ENTRA.items():
        monkeypatch.setenv(name, value)
    assert qlf("whoami", "--json").error == "QLF8051"
    assert qlf("login", "--device-code", "--json").result["identity"]["endpoint"] is None
    assert Ways(Home(home)).get("") is not None


# -- which token goes where


def test_the_token_of_the_data_folder_stays_on_the_machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = Home(home).token()
    for local in ("http://127.0.0.1:7071", "http://localhost:7071", ""):
        assert bearer(Home(home), local)() == token
    for remote in ("https://factory.example", "http://127.0.0.1.example:80", "https://user@factory.example"):
        with pytest.raises(ConfigError) as caught:
            bearer(Home(home), remote)
        assert caught.value.code == "QLF8051"
    monkeypatch.setenv("QLF_TOKEN", "given")
    assert bearer(Home(home), "https://factory.example")() == "given"


def test_a_sign_in_is_for_its_own_service(home: Path) -> None:
    Ways(Home(home)).keep("https://Factory.example/", Way(TENANT, CLI, "s", "https://login.microsoftonline.com", "a"))
    assert Ways(Home(home)).get("https://factory.example") is not None
    assert Ways(Home(home)).get("https://factory.example:8443") is None
    assert Ways(Home(home)).get("http://factory.example") is None


@pytest.mark.parametrize("content", ["{", "[]", '{"x": 1}', '{"x": {"tenant": 1}}', '{"x": {"tenant": "", "more": ""}}'])
def test_a_damaged_list_of_sign_ins(qlf: Qlf, home: Path, content: str) -> None:
    Home(home).folder("entra")
    (home / "entra" / "endpoints.json").write_text(content)
    assert qlf("runs", "--endpoint", "https://factory.example", "--json").error == "QLF8056"


# -- what a service says of itself


def metadata(**change: Any) -> dict[str, Any]:
    good = {
        "resource": "http://127.0.0.1:PORT/api/v1", "authorization_servers": [f"https://login.microsoftonline.com/{TENANT}/v2.0"],
        "scopes_supported": [f"api://{API}/access_as_user"], "qlf_client_id": CLI,
    }  # fmt: skip
    return good | change


@pytest.fixture
def lying(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A service that says what a test wants it to say."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    said: dict[str, bytes] = {}

    class Liar(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = said["body"].replace(b"PORT", str(self.server.server_address[1]).encode())
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def say(body: Any) -> str:
        said["body"] = body if isinstance(body, bytes) else json.dumps(body).encode()
        return f"http://127.0.0.1:{server.server_port}"

    yield say
    server.shutdown()
    server.server_close()


def test_the_word_of_a_service_is_taken_for_a_cloud_of_entra(lying: Any) -> None:
    way = discover(lying(metadata()))
    assert way == Way(TENANT, CLI, f"api://{API}/access_as_user", "https://login.microsoftonline.com")
    assert way.known


@pytest.mark.parametrize(
    "change",
    [
        {"resource": "https://factory.example/api/v1"},
        {"authorization_servers": [f"https://login.example/{TENANT}/v2.0"]},
        {"authorization_servers": [f"https://login.microsoftonline.com.example/{TENANT}/v2.0"]},
        {"authorization_servers": [f"https://login.microsoftonline.com@evil.example/{TENANT}/v2.0"]},
        {"authorization_servers": [f"http://login.microsoftonline.com/{TENANT}/v2.0"]},
        {"authorization_servers": ["https://login.microsoftonline.com/common/v2.0"]},
        {"authorization_servers": [1]},
        {"scopes_supported": ["https://graph.microsoft.com/.default"]},
        {"scopes_supported": [f"api://{API}/access_as_user", "User.Read"]},
        {"scopes_supported": [f"api://{API}/access_as_user offline_access"]},
        {"qlf_client_id": "04b07795"},
        {"qlf_client_id": None},
    ],
    ids=str,
)
def test_a_service_cannot_send_the_user_elsewhere(lying: Any, change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        discover(lying(metadata(**change)))
    assert caught.value.code == "QLF8052"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b" " * 100_000, b"[" * 50_000], ids=lambda body: str(body[:5]))
def test_an_answer_that_is_no_metadata(lying: Any, body: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        discover(lying(body))
    assert caught.value.code == "QLF8052"


def test_a_service_without_entra_has_nothing_to_sign_in_to(qlf: Qlf, lying: Any) -> None:
    assert qlf("login", "--endpoint", lying(metadata(authorization_servers=[], scopes_supported=[])), "--json").error == "QLF8050"
    assert qlf("login", "--json").error == "QLF8050"


def test_plain_http_elsewhere_is_refused_before_anything_is_sent(qlf: Qlf) -> None:
    assert qlf("login", "--endpoint", "http://factory.example", "--json").error == "QLF8052"


def test_nobody_there(qlf: Qlf, monkeypatch: pytest.MonkeyPatch) -> None:
    assert qlf("login", "--endpoint", "http://127.0.0.1:9", "--json").error == "QLF8011"
    for name, value in ENTRA.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENTRA_AUTHORITY", "https://localhost:9")
    called = qlf("login", "--device-code", "--json")
    assert (called.code, called.error) == (4, "QLF8053")


# -- the keyring of the desktop


@pytest.mark.skipif(sys.platform != "linux", reason="the keyring that is played here is that of a Linux desktop")
def test_a_sign_in_is_kept_in_the_keyring_where_there_is_one(
    qlf: Qlf, home: Path, served: str, entra: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keyring(monkeypatch) as ring:
        called = qlf("login", "--endpoint", served, "--device-code", "--json")
        assert called.lines[-1]["identity"]["kept_in"] == "keyring", called.err
        assert "no keyring" not in called.err
        assert qlf("whoami", "--endpoint", served, "--json").result["identity"]["id"] == USER
        assert [form["grant_type"].rpartition(":")[2] for form in entra.asked_for] == ["device_code", "device_code"]
        (secret,) = ring.kept.values()
        assert "refresh-" in secret
        files = [path for path in (home / "entra").rglob("*") if path.is_file()]
        assert [path for path in files if "refresh-" in path.read_text() or "eyJ" in path.read_text()] == []
        assert [str(path) for path in files if path.stat().st_mode & 0o077 and path.stat().st_size and path.suffix != ".lockfile"] == []

        assert qlf("logout", "--endpoint", served, "--json").result["identity"] == {"signed_out": [served]}
        assert "refresh-" not in str(ring.kept)
        assert qlf("runs", "--endpoint", served).code == 4


@pytest.mark.skipif(sys.platform != "linux", reason="the keyring that is played here is that of a Linux desktop")
def test_a_keyring_that_is_locked_is_not_used_or_told(qlf: Qlf, home: Path, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with keyring(monkeypatch) as ring:
        ring.locked = True
        assert qlf("login", "--endpoint", served, "--device-code", "--json").lines[-1]["identity"]["kept_in"] == "file"
        assert ring.kept == {}
        ring.locked = False
        kept = cache.token_cache(Home(home))
        assert kept.is_encrypted
        ring.locked = True
        monkeypatch.setattr("cli.identity.sign_in.token_cache", lambda _: kept)
        called = qlf("login", "--endpoint", served, "--device-code", "--json")
        assert (called.code, called.error) == (4, "QLF8056")
