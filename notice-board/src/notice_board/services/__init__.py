"""What the application does, apart from HTTP."""
