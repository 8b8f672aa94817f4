"""What the tests share: the resources as data, values that fit and do not fit their fields, and a running service."""
