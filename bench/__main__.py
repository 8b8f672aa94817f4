"""Run the benches that are named, or all of them: `python -m bench [factory] [funchost]`."""

from __future__ import annotations

import sys

from bench import factory_bench, funchost_bench

BENCHES = {"factory": factory_bench.main, "funchost": funchost_bench.main}


def main(names: list[str]) -> int:
    """Exit code 0, or 2 for a name that is no bench."""
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names or BENCHES:
        print(f"== {name}")
        BENCHES[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
