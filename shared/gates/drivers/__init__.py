"""Programs that run inside the sandbox beside the app. Standard library only, plus what their environment holds."""
