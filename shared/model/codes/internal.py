"""Faults of ours (QLF9xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF9000", "An unexpected fault inside the factory", "Run `qlf resume` to go on; if it happens again, report it with the log."
    ),
    CodeEntry("QLF9001", "A stage ended without an answer", "Run `qlf resume`; the stages that had ended are not repeated.", 503, True),
    CodeEntry(
        "QLF9002", "Nobody answered an open question in time", "Start a new run with `--accept-assumptions`, or answer in the brief.", 409
    ),
    CodeEntry("QLF9003", "The run has already ended", "Look at it with `qlf status`; a new run can be started at any time.", 409),
    CodeEntry("QLF9004", "Two components wrote the same file", "This is a fault of the blueprint; report it with the brief."),
    CodeEntry(
        "QLF9005",
        "The brief leaves a question open that decides what is built",
        "Answer it in the brief, or take its default with `--accept-assumptions`.",
        422,
    ),
)
