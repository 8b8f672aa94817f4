"""A small notes service: what the gates are tested on."""
