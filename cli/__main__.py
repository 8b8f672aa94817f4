"""`python -m cli`: answers `--version` before anything is imported, then hands over to the border in `cli.entry`."""

import sys

from cli import VERSION

if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(f"qlf {VERSION}")
        sys.exit(0)
    from cli.entry import main

    sys.exit(main())
