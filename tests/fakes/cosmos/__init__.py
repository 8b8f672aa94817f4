"""A Cosmos DB account on loopback that answers the REST protocol strictly, for the real client library.

It keeps to https://learn.microsoft.com/rest/api/cosmos-db/ and is stricter than the service where that finds mistakes early: a query that
would scan, or whose ORDER BY has no composite index, is refused. Its limits: one LSN per container instead of one per physical partition,
no stored procedures, no patch, no vectors, and only the SQL that `sql.py` reads.
"""

from tests.fakes.cosmos.deployment import definitions
from tests.fakes.cosmos.faults import Fault
from tests.fakes.cosmos.server import KEY, FakeCosmos

__all__ = ["KEY", "FakeCosmos", "Fault", "definitions"]
