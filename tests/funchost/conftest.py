"""Lets the recordings, which mostly wait, play while the other tests run."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.funchost.hosting import CONFORMANCE, WEBHOOK, Host

_TEST = "test_ninety_two_recordings"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The recordings are asked for last."""
    items.sort(key=lambda item: item.name == _TEST)


@pytest.fixture(scope="session", autouse=True)
def recordings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """The output of the conformance runner, once it has ended."""
    if not any(item.name == _TEST for item in request.session.items):
        yield lambda: ""
        return
    home = tmp_path_factory.mktemp("conformance") / "home"
    output: list[str] = []

    def play() -> None:
        with Host(CONFORMANCE / "app", home, "--quiet", strict=False) as host:
            output.append(
                subprocess.run(
                    [sys.executable, str(CONFORMANCE / "run.py"), host.url + WEBHOOK],
                    capture_output=True,
                    text=True,
                    timeout=300,
                    check=False,
                ).stdout
            )

    thread = threading.Thread(target=play)
    thread.start()

    def wait() -> str:
        thread.join()
        return output[0] if output else "the runner did not run"

    yield wait
    thread.join()
