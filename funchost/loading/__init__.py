"""Loading a function app: import it, check it as the Python worker does, and look for what would only fail later."""

from funchost.loading.app import LoadedApp, LoadedFunction, load_app

__all__ = ["LoadedApp", "LoadedFunction", "load_app"]
