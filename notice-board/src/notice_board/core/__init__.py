"""Settings, security, errors and everything else that serves every route."""
