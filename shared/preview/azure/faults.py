"""Azure's refusals in our words: which of them pass by themselves, and which somebody has to mend."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ServiceRequestError, ServiceResponseError

from shared.model import ConfigError, InternalError, QlfError

LONGEST_WAIT = 60.0
_PULL = ("unauthorized", "failed to pull", "imagepull", "manifest unknown", "manifest_unknown", "denied")


class PassingError(Exception):
    """Try again after `wait` seconds: throttled, another operation is at work, or the network failed."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"again in {wait} s")


Fault = (PassingError, QlfError)
"""What `told` raises."""


def code_of(error: Exception) -> str:
    """The code of a `Fault`; what passes by itself is QLF6028 to whoever does not wait for it."""
    return error.code if isinstance(error, QlfError) else "QLF6028"


@contextlib.asynccontextmanager
async def told() -> AsyncIterator[None]:
    """Turn Azure's exceptions into `PassingError`, ConfigError QLF6021 and QLF6022, or InternalError QLF6023."""
    try:
        yield
    except ClientAuthenticationError as error:
        raise ConfigError("QLF6021", _message(error)) from error
    except HttpResponseError as error:
        raise _fault(error) from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise PassingError(5.0) from error
    except AzureError as error:
        raise InternalError("QLF6023", _message(error)) from error


def plain(value: object) -> str:
    """The text of a state: the SDKs' enumerations print as their Python names."""
    return str(getattr(value, "value", value))


def pull_was_denied(text: str) -> bool:
    """True when the platform's words say that the image could not be pulled."""
    return any(sign in text.lower() for sign in _PULL)


def _fault(error: HttpResponseError) -> QlfError | PassingError:
    status, code = error.status_code or 0, (error.error.code if error.error else "") or ""
    if "quota" in code.lower() or code.startswith("MaxNumberOf"):
        return ConfigError("QLF6022", _message(error))
    if status in (408, 409, 429) or status >= 500:
        return PassingError(_retry_after(error))
    if status in (401, 403):
        return ConfigError("QLF6021", _message(error))
    return InternalError("QLF6023", f"HTTP {status} {_message(error)}")


def _retry_after(error: HttpResponseError) -> float:
    """Seconds that the answer asks to wait, within bounds."""
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    text = headers.get("Retry-After", "")
    return min(max(float(text), 1.0), LONGEST_WAIT) if text.isdigit() else 5.0


def _message(error: AzureError) -> str:
    return " ".join(str(error.message).split())[:500]
