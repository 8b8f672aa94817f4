"""What may be written down of a fault: which exceptions, raised where. Their texts may quote a brief, a token or a connection string."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import PurePath

from shared.model.errors import QlfError

_MOST_FRAMES = 12
_MOST_CAUSES = 5


class Places(str):
    """The text of `stack_of`: holds names of this code only, so telemetry may export it."""


def stack_of(error: BaseException) -> Places:
    """The exception and its causes, newest first: type, code if it has one, and the innermost frames. No text of any of them.

    `ValueError[room/module.py:7:function,…]<-KeyError[…]`, without blanks.
    """
    return Places("<-".join(_one(cause) for cause in _chain(error)).replace(" ", "_"))


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if found is None:
            return
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _one(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    places = ",".join(f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno}:{frame.name}" for frame in reversed(frames))
    code = f":{error.code}" if isinstance(error, QlfError) else ""
    return f"{name}{code}[{places}]"
