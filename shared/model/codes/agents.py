"""Codes of agents and blueprints (QLF2xxx)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF2001", "The stated backend cannot be built yet", "Leave the backend open or state FastAPI; `qlf compile` still shows the IR.", 422),
    CodeEntry("QLF2002", "The brief holds more than one application can be built from", "Split the brief: at most 100 entities, 500 relations and 100 roles.", 422),
    CodeEntry("QLF2003", "The IR has no entity, so there is nothing to build", "Say what the application stores, for example: owners have pets.", 422),
    CodeEntry("QLF2004", "No agent can make this component", "Run `qlf doctor`; the component's agent is not installed.", 500),
    CodeEntry("QLF2010", "A blueprint template is broken", "This is a fault of the factory: report it with the log.", 500),
)  # fmt: skip
