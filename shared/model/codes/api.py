"""Codes of runs, stores and the REST API (QLF7xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF7001", "There is no such run", "List the runs with `qlf runs` or GET /api/v1/runs.", 404),
    CodeEntry("QLF7002", "The run changed in between", "Read the run again, then repeat the change with its new ETag.", 412, True),
    CodeEntry(
        "QLF7003",
        "This idempotency key belongs to another request",
        "Send a new Idempotency-Key, or repeat the first request unchanged.",
        409,
    ),
    CodeEntry("QLF7004", "The artifact is not in the store", "Check the reference; if the store was cleaned, start the run again.", 404),
    CodeEntry(
        "QLF7005",
        "The stored artifact does not match its digest",
        "Its bytes changed on disk: restore the store from a backup, or start the run again.",
        409,
    ),
    CodeEntry("QLF7006", "The cursor is not one this API gave out", "Leave the cursor out to start from the first page.", 404),
    CodeEntry("QLF7007", "There is no such capsule", "List the capsules with GET /api/v1/capsules.", 404),
    CodeEntry("QLF7008", "There is no such preview", "List the previews with `qlf preview list` or GET /api/v1/previews.", 404),
    CodeEntry("QLF7009", "The preview changed in between", "Read the preview again, then repeat the change with its new ETag.", 412, True),
    CodeEntry(
        "QLF7010", "The store was written by a newer version", "Update QuantumLayer Factory, or choose another folder with QLF_HOME.", 503
    ),
    CodeEntry("QLF7011", "The store cannot be used", "Check that QLF_HOME is a writable folder on a local disk with free space.", 503),
    CodeEntry("QLF7012", "The store is busy", "Try again; if it lasts, end processes that hold QLF_HOME/state.db.", 503, True),
    CodeEntry("QLF7013", "The store is damaged", "Move QLF_HOME/state.db away or restore it from a backup.", 503),
    CodeEntry(
        "QLF7014", "The digest or artifact path is not valid", "Use 64 lower-case hexadecimal digits, or `sha256/<ab>/<digest>`.", 422
    ),
    CodeEntry("QLF7015", "A value cannot be stored as JSON", "Report it with the log; numbers must be finite and texts valid Unicode."),
    CodeEntry("QLF7101", "There is nothing at this address", "GET /api/v1/openapi.json lists the addresses.", 404),
    CodeEntry("QLF7102", "This address does not take this method", "The Allow header names the methods it takes.", 405),
    CodeEntry(
        "QLF7103", "The request is not valid", "Correct the places that are named; a problem document lists them under `errors`.", 422
    ),
    CodeEntry("QLF7104", "The body is too large", "Send at most what docs/api.md names for this address.", 413),
    CodeEntry(
        "QLF7105", "The brief is too large", "A brief has at most 64 kB of UTF-8 text: shorten it, or split it into several runs.", 413
    ),
    CodeEntry(
        "QLF7106",
        "The token is missing or wrong",
        "Send `Authorization: Bearer <content of QLF_HOME/token>`; `qlf` does so by itself.",
        401,
    ),
    CodeEntry(
        "QLF7107",
        "No way to sign in is set up",
        "Set ENTRA_TENANT_ID and ENTRA_CLIENT_ID, or turn on App Service authentication; see docs/azure/identity.md.",
        503,
    ),
    CodeEntry(
        "QLF7108",
        "The run does not take this command now",
        "Read the run's status; docs/api.md lists which command each status takes.",
        409,
    ),
    CodeEntry("QLF7109", "The run has no such result (yet)", "Wait for the run's events, then ask again.", 409, True),
    CodeEntry(
        "QLF7110",
        "The body cannot be read",
        "Send UTF-8 JSON with Content-Type: application/json, or a zip where the address asks for one.",
        400,
    ),
    CodeEntry("QLF7111", "The document changed in between", "Read it again, then repeat the command with its new ETag.", 412, True),
    CodeEntry("QLF7112", "The durable host cannot be reached", "Check that the host runs (`qlf serve`), then try again.", 503, True),
    CodeEntry("QLF7113", "A store cannot be reached", "Look at /api/v1/health/readiness and the log.", 503, True),
    CodeEntry(
        "QLF7114", "The preview does not take this command now", "Only a preview that is deploying, ready or unhealthy can be changed.", 409
    ),
    CodeEntry(
        "QLF7115", "The archive cannot be read", "Send a zip of one .qlcapsule file and its .sigstore.json bundles, without folders.", 422
    ),
    CodeEntry("QLF7116", "The artifact is too large for this answer", "Read the file itself, or download the capsule.", 413),
    CodeEntry("QLF7118", "The token file cannot be used", "Check that QLF_HOME/token belongs to you and only you can read it.", 503),
    CodeEntry("QLF7119", "The request cannot be served", "Read the detail.", 400),
    CodeEntry("QLF7120", "There is no artifact of this name", "List the names with GET /api/v1/runs/{id}/artifacts.", 404),
    CodeEntry(
        "QLF7121", "The sign-in is missing or does not hold", "Sign in with `qlf login`; the detail says what is wrong with the token.", 401
    ),
    CodeEntry(
        "QLF7122",
        "The caller's role does not allow this",
        "Ask an administrator of the tenant for the app role that the detail names; then sign in again.",
        403,
    ),
    CodeEntry(
        "QLF7123",
        "The signing keys of Entra cannot be fetched",
        "Try again; if it lasts, check ENTRA_AUTHORITY and the network.",
        503,
        True,
    ),
    CodeEntry("QLF7124", "There is no such project", "Name one of your projects; GET /api/v1/whoami lists them.", 404),
    CodeEntry("QLF7125", "The request must name a project", "Send `project`; GET /api/v1/whoami lists yours.", 422),
    CodeEntry("QLF7126", "Nobody has said who may use this address", "Declare its role in api/identity/access.py.", 403),
    CodeEntry("QLF7127", "The delivery is not signed by one who may", "Check the secret of the webhook on both sides.", 401),
    CodeEntry("QLF7128", "Webhooks of this provider are not set up", "Set its secret; see docs/api.md.", 404),
    CodeEntry("QLF7129", "The delivery was sent before, or its time is over", "Send each delivery once, with a clock that is right.", 409),
    CodeEntry("QLF7130", "The delivery cannot be understood", "Send JSON, and the headers that docs/api.md names.", 400),
)
