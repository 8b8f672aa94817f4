"""The way to the database: engine, sessions, column types, pages."""
