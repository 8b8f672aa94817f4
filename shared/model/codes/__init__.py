"""The catalogue of error codes: `qlf explain CODE`, `docs/errors.md` and every error read it.

One module per room, one block of numbers per room:
`1` brief · `2` agents and blueprints · `3` runner · `4` gates and repair · `5` capsule · `6` preview · `7` runs, stores, API · `8` command line and set-up · `9` internal.
"""

from shared.model.codes import agents, api, brief, capsule, cli, cloud, cosmos, gates, internal, preview, runner, telemetry
from shared.model.codes.entry import CodeEntry

CATALOGUE: dict[str, CodeEntry] = {
    entry.code: entry
    for room in (brief, agents, runner, gates, capsule, preview, api, cosmos, cloud, telemetry, cli, internal)
    for entry in room.CODES
}

__all__ = ["CATALOGUE", "CodeEntry"]
