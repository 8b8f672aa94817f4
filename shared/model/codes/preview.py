"""Codes of previews (QLF6xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF6001", "The lifetime of a preview cannot be used", "Give a number and a unit, from `1m` to `7d`: 30m, 24h, 3d.", 422),
    CodeEntry(
        "QLF6002", "The app cannot be started as a preview", "Only apps with one package `src/<name>/main.py` and a lock can be.", 422
    ),
    CodeEntry(
        "QLF6003", "The preview did not become ready in time", "Read its log with `qlf preview logs`, then create it again.", 503, True
    ),
    CodeEntry("QLF6004", "The preview is not running", "Create a new one with `qlf preview create`.", 409),
    CodeEntry("QLF6005", "The folder of the previews cannot be used", "Check the free space and the rights of the data folder.", 503),
    CodeEntry("QLF6006", "There is no such preview on this machine", "List the previews with `qlf preview list`.", 404),
    CodeEntry(
        "QLF6007", "The preview could not be ended", "End the process that its record names, then delete the preview again.", 500, True
    ),
)
