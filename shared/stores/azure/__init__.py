"""The stores of Azure: documents in Cosmos DB, bytes in Blob Storage, events to Service Bus. Imported by wiring alone, SDKs late."""
