#!/bin/sh
# Prints the Python that the project is set up with: $PYTHON if it is named, else the first of 3.11 to 3.13, else any newer one.
# Exit 4 when there is none. An interpreter without the venv module is passed over.
fits() { "$1" -c "import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $2))" >/dev/null 2>&1; }
if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" 99 && { command -v "$PYTHON"; exit 0; }
else
    for newest in 13 99; do
        for name in python3 python3.13 python3.12 python3.11 python; do
            fits "$name" "$newest" && { command -v "$name"; exit 0; }
        done
    done
fi
echo "qlf: no Python 3.11 or newer with its venv module was found${PYTHON:+ at PYTHON=$PYTHON} (QLF8001)." >&2
echo "     Install Python 3.11, 3.12 or 3.13 (on Debian and Ubuntu also python3-venv), or name one: PYTHON=/path/to/python3" >&2
exit 4
