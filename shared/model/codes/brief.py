"""The brief compiler's codes (QLF1xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF1001", "The brief is too large", "Shorten the brief to at most 64 kB of UTF-8 text, or build the application in parts.", 413
    ),
    CodeEntry(
        "QLF1002",
        "The brief is not plain text",
        "Send UTF-8 text without control characters; convert documents to plain text or Markdown first.",
        400,
    ),
    CodeEntry("QLF1003", "The brief is empty", "Say in a sentence or two what the application stores and who uses it.", 422),
    CodeEntry("QLF1004", "The brief holds no words", "Say in English words what the application stores and who uses it.", 422),
    CodeEntry(
        "QLF1005", "The brief asks for a game", "Ask for a web application or an API, for example one that keeps players and scores.", 422
    ),
    CodeEntry(
        "QLF1006",
        "The brief asks for something that is no web application or API",
        "Ask for the web application or the API behind it.",
        422,
    ),
    CodeEntry(
        "QLF1007",
        "The brief asks for a change to something that exists",
        "Describe the whole application that you want; it is built anew.",
        422,
    ),
    CodeEntry(
        "QLF1008",
        "The brief names nothing that an application could store",
        'Name the things to keep and who uses them: "customers have orders, clerks ship orders".',
        422,
    ),
    CodeEntry("QLF1009", "The brief is not in English", "Write the brief in English; other languages are not read yet.", 422),
)
