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
)
