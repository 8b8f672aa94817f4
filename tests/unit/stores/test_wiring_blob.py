"""Which settings choose Blob Storage, and which are refused before anything is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.model import ConfigError, InputError
from shared.settings import Settings
from shared.stores.embedded.artifacts import FolderArtifactStore
from shared.wiring import open_stores
from tests.fakes.blob import KEY, fake_blob_service

ROOT = Path(__file__).resolve().parents[3]
NOW = "2026-01-01T00:00:00.000000Z"
CLOUD = f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net"
LOCAL = f"AccountName=acct;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:10000/acct"


def clock() -> str:
    return NOW


def settings(home: Path, **change: Any) -> Settings:
    return Settings(home=home, **{"azure_site_name": None, "blob_url": None, "blob_connection_string": None, **change})


def refused(home: Path, **change: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        open_stores(settings(home, **change), clock)
    assert KEY not in str(caught.value)
    return caught.value


def test_without_a_setting_bytes_stay_on_this_machine(tmp_path: Path) -> None:
    stores = open_stores(settings(tmp_path), clock)
    assert isinstance(stores.artifacts, FolderArtifactStore)
    stores.close()


async def test_a_peer_on_this_machine_is_used_by_its_connection_string(tmp_path: Path) -> None:
    with fake_blob_service() as service:
        stores = open_stores(settings(tmp_path, blob_connection_string=service.connection_string), clock)
        ref = await stores.artifacts.put(b"x")
        assert list(service.blobs) == [f"artifacts/{ref.path}"]
        assert not (tmp_path / "artifacts").exists()
        assert await stores.memos.get("k") is None
        stores.close()


@pytest.mark.parametrize("links", [True, False])
async def test_downloads_go_by_a_link_unless_the_settings_say_otherwise(tmp_path: Path, links: bool) -> None:
    with fake_blob_service() as service:
        stores = open_stores(settings(tmp_path, blob_connection_string=service.connection_string, blob_links=links), clock)
        ref = await stores.artifacts.put(b"x")
        address = await stores.artifacts.download_url(ref, filename="x.qlcapsule", media_type="application/gzip")
        assert (address is not None and "sig=" in address) is links
        with pytest.raises(InputError, match="QLF7004"):
            await stores.artifacts.download_url("0" * 64, filename="x.qlcapsule", media_type="application/gzip")
        stores.close()


def test_azurite_may_be_named_in_short(tmp_path: Path) -> None:
    open_stores(settings(tmp_path, blob_connection_string="UseDevelopmentStorage=true"), clock).close()


def test_an_account_is_chosen_by_its_address_and_asked_nothing_yet(tmp_path: Path) -> None:
    open_stores(settings(tmp_path, blob_url="https://acct.blob.core.windows.net"), clock).close()


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"blob_connection_string": LOCAL, "azure_site_name": "app"}, "QLF7042", "inside Azure"),
        ({"blob_connection_string": CLOUD}, "QLF7042", "on this machine"),
        ({"blob_connection_string": LOCAL.replace("127.0.0.1", "127.0.0.1.evil.example")}, "QLF7042", "on this machine"),
        ({"blob_connection_string": LOCAL.replace("http://", "http://127.0.0.1@evil.example/")}, "QLF7042", "on this machine"),
        ({"blob_connection_string": LOCAL, "blob_url": "https://acct.blob.core.windows.net"}, "QLF7042", "both set"),
        ({"blob_url": "http://acct.blob.core.windows.net"}, "QLF7042", "https"),
        ({"blob_connection_string": "nonsense"}, "QLF7044", "malformed"),
        ({"blob_connection_string": ";;;"}, "QLF7044", "malformed"),
        ({"blob_connection_string": "BlobEndpoint=http://127.0.0.1:10000/acct"}, "QLF7044", "AccountKey"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(tmp_path: Path, change: dict[str, str], code: str, said: str) -> None:
    error = refused(tmp_path, **change)
    assert error.code == code
    assert said in str(error)


SCRIPT = """
import json, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("azure", "aiohttp"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from shared.model import QlfError
from shared.settings import Settings
from shared.wiring import open_stores
try:
    open_stores(Settings(**json.loads(sys.argv[1])), str).close()
except QlfError as error:
    print(json.dumps([error.code, str(error), error.advice]))
else:
    print(json.dumps("open"))
"""


def without_the_sdk(home: Path, **change: str) -> Any:
    values = json.dumps({"home": str(home), **change})
    ran = subprocess.run([sys.executable, "-c", SCRIPT, values], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(ran.stdout)


def test_a_laptop_without_the_sdk_is_told_what_to_install(tmp_path: Path) -> None:
    code, said, advice = without_the_sdk(tmp_path, blob_url="https://acct.blob.core.windows.net")
    assert code == "QLF7043"
    assert "QLF_BLOB_URL" in said
    assert "requirements.txt" in advice


def test_a_laptop_without_the_sdk_works_while_nothing_asks_for_it(tmp_path: Path) -> None:
    assert without_the_sdk(tmp_path) == "open"
