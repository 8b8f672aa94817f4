"""Codes of runs, stores and the REST API (QLF7xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF7001", "There is no such run", "List the runs with `qlf runs` or GET /api/v1/runs.", 404),
    CodeEntry("QLF7002", "The run changed in between", "Read the run again, then repeat the change with its new ETag.", 412, True),
    CodeEntry("QLF7003", "This idempotency key belongs to another request",
        "Send a new Idempotency-Key, or repeat the first request unchanged.", 409),
    CodeEntry("QLF7004", "The artifact is not in the store", "Check the reference; if the store was cleaned, start the run again.", 404),
    CodeEntry("QLF7005", "The stored artifact does not match its digest",
        "Its bytes changed on disk: restore the store from a backup, or start the run again.", 409),
    CodeEntry("QLF7006", "The cursor is not one this API gave out", "Leave the cursor out to start from the first page.", 400),
    CodeEntry("QLF7007", "There is no such capsule", "List the capsules with GET /api/v1/capsules.", 404),
    CodeEntry("QLF7008", "There is no such preview", "List the previews with `qlf preview list` or GET /api/v1/previews.", 404),
    CodeEntry("QLF7009", "The preview changed in between", "Read the preview again, then repeat the change with its new ETag.", 412, True),
    CodeEntry("QLF7010", "The store was written by a newer version",
        "Update QuantumLayer Factory, or choose another folder with QLF_HOME.", 503),
    CodeEntry("QLF7011", "The store cannot be used", "Check that QLF_HOME is a writable folder on a local disk with free space.", 503),
    CodeEntry("QLF7012", "The store is busy", "Try again; if it lasts, end processes that hold QLF_HOME/state.db.", 503, True),
    CodeEntry("QLF7013", "The store is damaged", "Move QLF_HOME/state.db away or restore it from a backup.", 503),
    CodeEntry("QLF7014", "The digest or artifact path is not valid",
        "Use 64 lower-case hexadecimal digits, or `sha256/<ab>/<digest>`.", 422),
    CodeEntry("QLF7015", "A value cannot be stored as JSON", "Report it with the log; numbers must be finite and texts valid Unicode."),
)  # fmt: skip
