//! Nothing: the manifest and the lock name what the offline cache holds.
