"""Runs untrusted generated code, and makes the environments it runs in."""

from shared.runner.environments import Environments
from shared.runner.local import LocalSandbox
from shared.runner.records import MIB, Command, Network, Outcome, Profile, Sandbox, Service, ServiceOutcome

__all__ = ["MIB", "Command", "Environments", "LocalSandbox", "Network", "Outcome", "Profile", "Sandbox", "Service", "ServiceOutcome"]
