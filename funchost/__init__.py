"""An embedded Azure Functions host: runs any Python function app, durable functions included, with nothing but Python.

    from funchost import EmbeddedHost
    with EmbeddedHost(Path("my_app"), Path("state")) as host:
        print(host.url)

It imports nothing of the app it serves beyond loading its `function_app.py`.
"""

from funchost.errors import AppError, HostError, HubLocked, LintFailed, LoadFailed, ServeError, StoreError
from funchost.host import EmbeddedHost

__all__ = ["AppError", "EmbeddedHost", "HostError", "HubLocked", "LintFailed", "LoadFailed", "ServeError", "StoreError"]
