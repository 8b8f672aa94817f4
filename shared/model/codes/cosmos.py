"""Documents in Cosmos DB and the way of events out of it (QLF702x, QLF703x)."""

from shared.model.codes.entry import CodeEntry

CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        "QLF7020",
        "The document store does not answer",
        "Try again; if it lasts, check COSMOS_ENDPOINT and the network rules of the account.",
        503,
        True,
    ),
    CodeEntry(
        "QLF7021",
        "The document store is over its throughput",
        "Try again in a moment; if it lasts, raise the throughput of the database.",
        503,
        True,
    ),
    CodeEntry(
        "QLF7022",
        "The document store refuses this identity",
        "Give the identity the data contributor role on the database, and check AZURE_CLIENT_ID.",
        503,
    ),
    CodeEntry(
        "QLF7023",
        "The way to the document store is not encrypted",
        "Use an https address; plain http is for a peer on this machine that has a COSMOS_KEY.",
        503,
    ),
    CodeEntry(
        "QLF7024",
        "The database or one of its containers is missing",
        "Deploy the template again; it creates the database named by QLF_COSMOS_DATABASE with its containers.",
        503,
    ),
    CodeEntry(
        "QLF7025", "The document was written by a newer version", "Update QuantumLayer Factory on every host that uses this database.", 503
    ),
    CodeEntry("QLF7026", "The document is damaged", "Restore the database from its continuous backup, or report it with the log."),
    CodeEntry(
        "QLF7027",
        "The document or transaction is too large to be kept",
        "Report it with the log: documents carry references, not content.",
        413,
    ),
    CodeEntry("QLF7028", "The document store did not understand the request", "Report it with the log."),
    CodeEntry(
        "QLF7029",
        "The account of the document store may answer from the past",
        "Set its default consistency to Strong, as the template does.",
        503,
    ),
    CodeEntry(
        "QLF7030",
        "The place in the change feed could not be read",
        "Expected after a restore or an update; if it comes again, report it with the log. Subscribers may see events of the last twelve hours again where they do not drop by id.",
    ),
)
