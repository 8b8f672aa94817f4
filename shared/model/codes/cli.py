"""Codes of the command line, settings and set-up (QLF8xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF8001", "Python 3.11 or newer was not found", "Install Python 3.11, 3.12 or 3.13 with its venv module, or name one with PYTHON=/path/to/python3."),
    CodeEntry("QLF8002", "The environment could not be set up", "Check that pip reaches its package registry, then run the command again."),
    CodeEntry("QLF8003", "The command line cannot be used as given", "See `qlf COMMAND --help`."),
    CodeEntry("QLF8004", "This option is not available yet", "Leave the option out; nothing was started."),
    CodeEntry("QLF8005", "The output folder holds something that is not ours", "Name an empty or a new folder with --output; nothing was changed."),
    CodeEntry("QLF8006", "The output folder holds files that were added or changed by hand", "Move them away, or name another folder with --output; nothing was changed."),
    CodeEntry("QLF8007", "The output folder cannot be written", "Check its rights and the free disk space, then run `qlf resume`."),
    CodeEntry("QLF8008", "The brief is not UTF-8 text", "Save it as UTF-8 (for example `iconv -f WINDOWS-1252 -t UTF-8 brief.txt`) and pass it again."),
    CodeEntry("QLF8009", "There is no brief", "Pass it as an argument, or pipe it: `qlf generate - < brief.txt`."),
    CodeEntry("QLF8010", "There is nothing to resume", "List the runs with `qlf runs`; start one with `qlf generate`."),
    CodeEntry("QLF8011", "The API cannot be reached", "Check --endpoint and the network; in-process use needs no --endpoint.", 503, True),
    CodeEntry("QLF8012", "The API refuses this caller", "Set QLF_TOKEN, or check the token in the data folder.", 401),
    CodeEntry("QLF8013", "The API's answer cannot be understood", "Check that --endpoint names this product, at this version.", 502),
    CodeEntry("QLF8014", "Another process drives this", "Wait for it, follow it with `qlf events RUN --follow`, or end it.", 409, True),
    CodeEntry("QLF8015", "Interrupted", "Go on with `qlf resume`; finished stages are not repeated.", 409, True),
    CodeEntry("QLF8016", "The data folder cannot be used", "Name a writable folder on a local disk with QLF_HOME."),
    CodeEntry("QLF8017", "There is no such setting, or it does not take this value", "See `qlf config show`.", 422),
    CodeEntry("QLF8018", "There is no such code", "All codes are in docs/errors.md and `qlf explain --all`.", 404),
    CodeEntry("QLF8019", "The port cannot be used", "Choose another one with --port.", 409),
    CodeEntry("QLF8021", "The file cannot be read", "Check the path and its rights.", 404),
    CodeEntry("QLF8022", "A check of `qlf doctor` failed", "Follow the advice beside each failed line."),
    CodeEntry("QLF8023", "What was downloaded does not match its digest", "Run `qlf resume`; if it happens again, the store is damaged.", 502, True),
    CodeEntry("QLF8024", "The run was cancelled", "Start a new one with `qlf generate`.", 409),
    CodeEntry("QLF8025", "The host that drove the run went away", "Run `qlf resume`; finished stages are not repeated.", 503, True),
    CodeEntry("QLF8027", "The preview did not come up", "Read what the app wrote with `qlf preview logs PREVIEW`."),
    CodeEntry("QLF8040", "A setting is not valid", "Correct the environment variable that is named; docs/settings.md lists them all.", 503),
)  # fmt: skip
