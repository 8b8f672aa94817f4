"""The stores of Azure: bytes in Blob Storage, events to Service Bus. Their SDKs are imported when an adapter is made, by wiring alone."""
