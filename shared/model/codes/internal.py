"""Faults of ours (QLF9xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF9000", "An unexpected fault inside the factory", "Run `qlf resume` to go on; if it happens again, report it with the log."),
    CodeEntry("QLF9001", "A stage ended without an answer", "Run `qlf resume`; the stages that had ended are not repeated.", 503, True),
)
