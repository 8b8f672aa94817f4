"""What goes wrong on purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass
class Fault:
    """For the next `times` requests of `method` whose path holds `path`: an error, or a connection that ends.

    `status` answers with it; `batch` answers a transactional batch with 207 and this status at its first operation; `drop` ends the
    connection `before` the work is done or `after`, so that it is done and nobody is told.
    """

    path: str = ""
    method: str = "*"
    times: int = 1
    status: int = 0
    substatus: int = 0
    batch: int = 0
    drop: str = ""
    retry_after_ms: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    """`batch`, `query`, `changes`, `item` or empty for any."""

    def takes(self, method: str, path: str, kind: str) -> bool:
        """True, and one time fewer, when this request is hit."""
        if self.times < 1 or self.method not in ("*", method) or self.kind not in ("", kind) or not re.search(self.path, path):
            return False
        self.times -= 1
        return True
