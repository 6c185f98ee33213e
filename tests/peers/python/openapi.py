"""Runs schemathesis over the hub's OpenAPI document. Usage: openapi.py BASE [EXAMPLES [DOCUMENT]]

Every check, with cases of its own making: the document's examples, systematic boundary values, random ones, and chains of calls.
The seed is fixed, so that a failure comes back. DOCUMENT is a file instead of the one that the hub serves.
Ends with what schemathesis ends with: 0 when nothing was found.
"""

import os
import subprocess
import sys
import tempfile

# Random cases for each operation: as many as end within three minutes on two cores.
EXAMPLES = "40"
SEED = "20260131"


def main() -> int:
    base = sys.argv[1].rstrip("/")
    examples = sys.argv[2] if len(sys.argv) > 2 else EXAMPLES
    document = sys.argv[3] if len(sys.argv) > 3 else f"{base}/openapi.json"
    command = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"),
        "--config-file",
        os.path.join(os.path.dirname(os.path.abspath(__file__)), "schemathesis.toml"),
        "run",
        os.path.abspath(document) if os.path.exists(document) else document,
        "--url",
        base,
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--max-examples",
        examples,
        "--seed",
        SEED,
        "--suppress-health-check",
        "all",
        "--generation-database",
        "none",
        "--continue-on-failure",
        "--request-timeout",
        "20",
        "--workers",
        "1",
        "--no-color",
    ]
    # It keeps its memory of earlier runs where it stands: every run is to be the first.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(command, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
