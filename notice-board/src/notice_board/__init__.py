"""Notice Board: the application package."""
