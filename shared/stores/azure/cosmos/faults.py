"""What can go wrong at Cosmos DB, as errors of the catalogue. https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.cosmos.exceptions import CosmosBatchOperationError, CosmosHttpResponseError

from shared.model import ConfigError, InternalError, QlfError

_OWNER_MISSING = 1003
_MESSAGE_LENGTH = 300


@contextmanager
def coded() -> Iterator[None]:
    """Turn what the SDK raises into coded errors. 404, 409 and 412 have a meaning of their own to callers, who catch them before."""
    try:
        yield
    except QlfError:
        raise
    except TimeoutError as error:
        raise InternalError("QLF7020", "no answer in time") from error
    except ClientAuthenticationError as error:
        raise ConfigError("QLF7022", _message(error)) from error
    except HttpResponseError as error:
        raise _of_status(error) from error
    except (AzureError, OSError) as error:
        raise InternalError("QLF7020", _message(error)) from error


def _of_status(error: HttpResponseError) -> QlfError:
    status = int(error.status_code or 0)
    if status in (401, 403):
        return ConfigError("QLF7022", _message(error))
    if status == 404:
        return ConfigError("QLF7024", _message(error))
    if status in (429, 449):
        return InternalError("QLF7021")
    if status == 413:
        return InternalError("QLF7027", _message(error))
    if status in (0, 408, 410) or status >= 500:
        return InternalError("QLF7020", _message(error))
    if status == 400 and "consistency" in str(error).lower():
        return ConfigError("QLF7029")
    return InternalError("QLF7028", _message(error))


def container_is_missing(error: CosmosHttpResponseError) -> bool:
    """True for the 404 that means the database or container, and not the item."""
    return error.status_code == 404 and error.sub_status == _OWNER_MISSING


def retry_after(error: HttpResponseError) -> float | None:
    """Seconds after which the same request may succeed, when the error says so: throttled, or met by a concurrent write.

    A batch answers 207 and hides these in the result of the operation that failed, which the SDK does not look at.
    """
    if error.status_code not in (429, 449):
        return None
    if isinstance(error, CosmosBatchOperationError):
        failed = (error.operation_responses or [{}])[error.error_index or 0]
        return float(failed.get("retryAfterMilliseconds") or 0) / 1000
    headers = getattr(error, "headers", None) or {}
    return float(headers.get("x-ms-retry-after-ms") or 0) / 1000


def _message(error: Exception) -> str:
    """The first line, which names status and cause; what follows repeats the request."""
    text = str(error).strip().splitlines()
    return text[0][:_MESSAGE_LENGTH] if text else type(error).__name__
