"""Codes of Blob Storage and Service Bus."""

from shared.model.codes.entry import CodeEntry

_IDENTITY = "docs/azure/storage.md lists the roles and settings."
_BUS = "docs/azure/events.md lists the roles and settings."

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF7040", "Blob Storage cannot be reached", "Try again; if it lasts, check QLF_BLOB_URL and the state of the account.", 503, True
    ),
    CodeEntry(
        "QLF7041",
        "Blob Storage refuses the request",
        f"Check the identity's roles, the container's name and the network rules: {_IDENTITY}",
        503,
    ),
    CodeEntry(
        "QLF7042",
        "The connection setting is not allowed here",
        "Keys are for a peer on this machine: elsewhere set QLF_BLOB_URL, COSMOS_ENDPOINT or QLF_SERVICEBUS_NAMESPACE and sign in with an identity.",
        503,
    ),
    CodeEntry(
        "QLF7043",
        "The Azure SDK is not installed",
        "Install it with `python -m pip install -r requirements.txt`, or unset the variable to use the stores of this machine.",
        503,
    ),
    CodeEntry("QLF7044", "The connection string cannot be read", f"Copy it again from the peer's documentation. {_IDENTITY}", 503),
    CodeEntry(
        "QLF7045",
        "Documents in Cosmos DB need Blob Storage beside them",
        "Set QLF_BLOB_URL too (QLF_BLOB_CONNECTION_STRING for a peer on this machine): instances share bytes and leases there.",
        503,
    ),
    CodeEntry(
        "QLF7050",
        "Service Bus cannot be reached",
        "Nothing is lost: committed events are sent again. If it lasts, check QLF_SERVICEBUS_NAMESPACE and the state of the namespace.",
        503,
        True,
    ),
    CodeEntry(
        "QLF7051",
        "Service Bus refuses the request",
        f"Check the identity's roles, the topic's name and that the topic is enabled: {_BUS}",
        503,
    ),
    CodeEntry("QLF7052", "There is no such subscription", "Name a subscription of the topic that QLF_SERVICEBUS_TOPIC names.", 404),
    CodeEntry("QLF7053", "Events are not sent to Service Bus here", "Set QLF_SERVICEBUS_NAMESPACE.", 409),
)
