"""The runner's codes (QLF3xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF3001",
        "The sandbox could not be entered",
        "Put QLF_HOME and the interpreter where an unprivileged user may read them, or run `qlf` as an ordinary user; see `qlf doctor`.",
        503,
    ),
    CodeEntry(
        "QLF3002",
        "The sandbox's supervisor ended without a report",
        "Run the command again; if it happens again, report it with the log.",
        500,
        True,
    ),
    CodeEntry(
        "QLF3010",
        "An environment for generated code could not be installed",
        "Check that the package index can be reached (UV_*, PIP_* and proxy settings apply), then run the command again.",
        503,
        True,
    ),
    CodeEntry(
        "QLF3011",
        "uv was not found beside the interpreter",
        "Run `make setup`: it installs the hashed uv that the lock names.",
        503,
    ),
    CodeEntry(
        "QLF3012",
        "A lock of the generated project cannot be used",
        "Every requirement needs an exact version, a hash and a wheel for this platform; `make relock` renews the blueprint's lock.",
        422,
    ),
    CodeEntry(
        "QLF3013",
        "Another process has been making the same environment for too long",
        "Wait for it, or end it, and run the command again.",
        503,
        True,
    ),
    CodeEntry(
        "QLF3020",
        "The session pool cannot be reached",
        "Check QLF_SESSION_POOL_ENDPOINT and that the app may reach it, then retry the run.",
        503,
        True,
    ),
    CodeEntry(
        "QLF3021", "No session of the pool is free", "Retry the run later, or raise the pool's maximum of concurrent sessions.", 503, True
    ),
    CodeEntry(
        "QLF3022", "The session pool refused the app's identity", "Give it the role Azure ContainerApps Session Executor on the pool.", 503
    ),
    CodeEntry("QLF3023", "The work is too large for a session", "An archive may hold at most 45 MB: make the application smaller.", 422),
    CodeEntry(
        "QLF3024",
        "The runner's image does not start this program",
        "Build the runner's image of this release again and let the pool use it.",
        503,
    ),
    CodeEntry(
        "QLF3025", "The session ended before its job", "Retry the run; if it happens again, look into the session pool's logs.", 503, True
    ),
    CodeEntry(
        "QLF3026", "The session did not finish in time", "Retry the run; if it happens again, look into the session pool's logs.", 503, True
    ),
    CodeEntry(
        "QLF3027",
        "An archive of the runner cannot be used",
        "The runner's image and the app must be of the same release; deploy both again.",
        502,
    ),
    CodeEntry(
        "QLF3029",
        "The runner's image does not bring this environment",
        "Build the runner's image of this release again and let the pool use it; it brings the locks of all blueprints and of the gates.",
        503,
    ),
    CodeEntry(
        "QLF3028", "The runner refused a request", "The runner's image and the app must be of the same release; deploy both again.", 502
    ),
    CodeEntry(
        "QLF3030",
        "Generated code does not run beside the app in Azure",
        "Set what is named: a session pool, or a Container Apps environment for previews; see docs/azure/deploy.md.",
        503,
    ),
)
