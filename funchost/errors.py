"""Every way the host refuses to work, in one tree, so that a caller can catch a family and a reader can look up a code.

    HostError
    +-- AppError            FH10xx  the function app cannot be loaded or breaks a rule
    |   +-- LoadFailed      FH1001  function_app.py is missing, does not import, or is refused as the Python worker refuses it
    |   +-- LintFailed      FH1002  --strict found warnings
    +-- StoreError          FH12xx  the durable store cannot be used
    |   +-- HubLocked       FH1201  another process drives this store
    |   +-- StoreNewer      FH1202  a newer version of the host wrote it
    |   +-- StoreCorrupt    FH1203  it is no database, or a damaged one
    |   +-- StoreBusy       FH1204  another program holds a lock on the file
    |   +-- StoreFull       FH1205  the disk, or the size allowed, is full
    +-- ServeError          FH15xx  HTTP cannot be served
        +-- AddressInUse    FH1501  the port is taken
        +-- StartFailed     FH1502  the host did not come up

Codes of failed orchestrations (FH13xx) and of traps (FH14xx) are data, not exceptions: see `Trouble`.
"""

from dataclasses import dataclass
from typing import ClassVar


class HostError(Exception):
    """Base of all errors of the host. Catch it at the outermost edge."""

    code: ClassVar[str] = "FH1000"
    advice: ClassVar[str] = "Read the log of the host."
    retryable: ClassVar[bool] = False

    @property
    def message(self) -> str:
        """What happened, in one line."""
        return str(self)

    def diagnostics(self) -> str:
        """The code, the message and what to do about it, for a human."""
        return f"{self.code}: {self.message}\n  advice: {self.advice}"


class AppError(HostError):
    """The function app is at fault."""


class LoadFailed(AppError):
    """The Python worker would refuse this app; `cause` names the error as the worker does."""

    code = "FH1001"
    advice = "Correct function_app.py at the place named above."

    def __init__(self, cause: str, where: str = "") -> None:
        super().__init__(f"{cause} ({where})" if where else cause)
        self.cause = cause
        self.where = where


class LintFailed(AppError):
    """A strict host found something that would fail later; `warnings` holds one line each."""

    code = "FH1002"
    advice = "Correct the lines above, or run without --strict to see them as warnings."

    def __init__(self, warnings: list[str]) -> None:
        super().__init__("the app loads but breaks these rules:\n  " + "\n  ".join(warnings))
        self.warnings = warnings


class StoreError(HostError):
    """The durable store cannot be read or written. Nothing that was answered before is lost."""

    code = "FH1200"
    advice = "Look at the file named above; what was committed before is still in it."


class HubLocked(StoreError):
    """Another process holds the lock of this home. Raised by `EmbeddedHost.start`."""

    code = "FH1201"
    advice = "Stop the other host, or give this one a home of its own (FUNCHOST_HOME)."
    retryable = True


class StoreNewer(StoreError):
    """The schema version of the file is above the one this host knows."""

    code = "FH1202"
    advice = "Run the newer host, or choose another home."


class StoreCorrupt(StoreError):
    """SQLite calls the file malformed or not a database."""

    code = "FH1203"
    advice = "Move the file aside and restore a copy, or choose another home."


class StoreBusy(StoreError):
    """Another program holds SQLite's own lock for too long."""

    code = "FH1204"
    advice = "End the program that holds the file open for writing; the host tries again by itself."
    retryable = True


class StoreFull(StoreError):
    """A write failed because there is no room. The transaction was rolled back."""

    code = "FH1205"
    advice = "Free disk space or purge finished instances; the host tries again by itself."
    retryable = True


class ServeError(HostError):
    """HTTP cannot be served."""


class AddressInUse(ServeError):
    """The address is taken by another program."""

    code = "FH1501"
    advice = "Choose another --port; 0 lets the system choose."


class StartFailed(ServeError):
    """The server thread ended before it answered."""

    code = "FH1502"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A coded reason for which an orchestration is failed by the host itself."""

    code: str
    message: str
    advice: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} Advice: {self.advice}"
