"""Write `local.settings.sample.json` from the settings: `python scripts/write_local_settings.py` (or `make docs`).

`func start` reads the copy of it that is named `local.settings.json`. An empty value counts as unset.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from shared.settings import variables  # noqa: E402

TARGET = ROOT / "local.settings.sample.json"
HOST = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING": "true",
    "PYTHON_ISOLATE_WORKER_DEPENDENCIES": "1",
    "PYTHON_THREADPOOL_THREAD_COUNT": "8",
}


def page() -> str:
    """The whole file. What Azure itself sets inside a Function App is left out."""
    values = HOST | {name: "" for name, _ in variables() if not name.startswith("WEBSITE_")}
    return json.dumps({"IsEncrypted": False, "Values": values}, indent=2) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
