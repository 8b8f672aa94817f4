"""Codes of gates and the repair loop (QLF4xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF4001",
        "The generated application did not pass its gates",
        "Read the findings: each has a command that shows it again. No capsule was made; sources and reports are in the output folder.",
        422,
    ),
    CodeEntry(
        "QLF4002",
        "Something that is called built is not proved by a test that passed",
        "Look the clause up in the ledger: its tests failed, were skipped or do not exist.",
        422,
    ),
    CodeEntry(
        "QLF4003",
        "A gate could not be run",
        "The verdict's reason names the missing tool or limit; `qlf doctor` checks them all. A gate that did not run is never a pass.",
        503,
        True,
    ),
    CodeEntry(
        "QLF4004",
        "The repair loop ended without a tree that passes",
        "The findings that are left have no repairer; read them, change the brief or the blueprint, and run again.",
        422,
    ),
    CodeEntry("QLF4005", "The tree to be judged cannot be read", "It holds a link; a generated project holds plain files only.", 422),
    CodeEntry("QLF4006", "There is no gate of this name", "Use one of the names that the message lists.", 404),
)
