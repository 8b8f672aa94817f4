"""The error tree. Every failure a user can meet carries a code of the catalogue in `codes`.

    QlfError
    ├── InputError        what the caller sent cannot be used                  exit 2, HTTP 400/404/409/413/422
    ├── GateError         the generated app did not pass                       exit 3
    ├── ConfigError       something is not configured, installed or allowed    exit 4, HTTP 401/403/503
    ├── RefusedError      the brief is refused or needs an answer              exit 5, HTTP 422
    ├── CapsuleError      a capsule or signature does not check                exit 6
    └── InternalError     a fault of ours                                      exit 1, HTTP 500

The class decides the exit code, the catalogue entry the HTTP status, the advice and whether trying again can help.
"""

from __future__ import annotations

from typing import Any, ClassVar

from shared.model.codes import CATALOGUE, CodeEntry


class QlfError(Exception):
    """A failure with a stable code, a message, an advice and the exit code `qlf` ends with."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, detail: str = "", **context: Any) -> None:
        self.entry: CodeEntry = CATALOGUE[code]
        self.code = code
        self.detail = detail or self.entry.title
        self.context = context
        super().__init__(f"{code}: {self.detail}")

    @property
    def advice(self) -> str:
        """What the user can do about it."""
        return self.entry.advice

    @property
    def http_status(self) -> int:
        """The HTTP status the API answers with."""
        return self.entry.http_status

    @property
    def retryable(self) -> bool:
        """True when the same call may succeed later."""
        return self.entry.retryable

    def to_json(self) -> dict[str, Any]:
        """The form that crosses an activity border: typed errors are returned, not raised."""
        return {"code": self.code, "detail": self.detail, "exit_code": self.exit_code, "context": self.context}


class InputError(QlfError):
    """What the caller sent cannot be used."""

    exit_code = 2


class GateError(QlfError):
    """The generated app did not pass its gates."""

    exit_code = 3


class ConfigError(QlfError):
    """Something is not configured, not installed or not allowed."""

    exit_code = 4


class RefusedError(QlfError):
    """The brief is refused, or waits for an answer."""

    exit_code = 5


class CapsuleError(QlfError):
    """A capsule, a signature or an archive does not check."""

    exit_code = 6


class InternalError(QlfError):
    """A fault of ours."""


def from_json(data: dict[str, Any]) -> QlfError:
    """Restore an error that `QlfError.to_json` wrote; the exit code names the class."""
    kinds: tuple[type[QlfError], ...] = (InputError, GateError, ConfigError, RefusedError, CapsuleError)
    kind = next((k for k in kinds if k.exit_code == data.get("exit_code")), InternalError)
    return kind(data["code"], data.get("detail", ""), **data.get("context", {}))
