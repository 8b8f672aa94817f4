"""Write the tables of `docs/azure/cost.md` from `infra-bicep/cost/meters.json`: `python scripts/write_cost.py` (or `make docs`)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.costing.tables import page  # noqa: E402

TARGET = ROOT / "docs" / "azure" / "cost.md"

if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text("utf-8"), ROOT), "utf-8")
