"""The REST surface under `/api/v1`: one FastAPI app over the services it is handed, with the durable client of each request."""

from api.app import Api, create_api
from api.durable import DurableClient, durable
from api.services import Compilation, PreviewOperations, Services

__all__ = ["Api", "Compilation", "DurableClient", "PreviewOperations", "Services", "create_api", "durable"]
