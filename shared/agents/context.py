"""What templates see: the design of the app, its tables, and the import blocks."""

from __future__ import annotations

from typing import Any

from shared.agents.design import AppDesign
from shared.agents.headers import Headers
from shared.agents.tables import tables


def context(app: AppDesign) -> dict[str, Any]:
    """The variables of every template: `app`, `package`, `headers`, `tables`, and the foreign keys that close circles (`late`)."""
    made = tables(app)
    return {
        "app": app,
        "package": app.package,
        "headers": Headers,
        "tables": made,
        "late": [(t, k) for t in made for k in t.keys if k.late],
    }
