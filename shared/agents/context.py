"""What templates see: the design of the app, its tables, and the import blocks."""

from __future__ import annotations

from typing import Any

from shared.agents.design import AppDesign
from shared.agents.examples import Examples
from shared.agents.headers import Headers
from shared.agents.literals import folded, literal
from shared.agents.tables import tables
from shared.agents.wording import GUIDE


def context(app: AppDesign) -> dict[str, Any]:
    """The variables of every template; `late` holds the foreign keys that close circles."""
    made = tables(app)
    return {
        "app": app,
        "package": app.package,
        "headers": Headers,
        "api_text": {"description": folded([app.about, *GUIDE]), "tags": literal([{"name": n, "description": d} for n, d in app.tags])},
        "examples": Examples,
        "tables": made,
        "late": [(t, k) for t in made for k in t.keys if k.late],
    }
