"""Deploying a capsule with the owner's own tools: `docker`, `kubectl` or `az`."""
