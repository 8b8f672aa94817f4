"""The HTTP side of the host: routes, HTTP functions, the durable management API, and the server that carries them."""
