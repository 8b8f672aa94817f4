"""`python -m funchost`."""

import sys

from funchost.cli import main

if __name__ == "__main__":
    sys.exit(main())
