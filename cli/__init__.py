"""`qlf`: a client of the REST API that brings its own host when none is named. Everything heavy is imported late."""

VERSION = "0.1.0"
