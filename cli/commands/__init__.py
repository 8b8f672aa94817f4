"""One module per family of commands; each is imported when it is called."""
