"""Every check of the project, in one command: `python -m tests`. Arguments go to pytest, and then only pytest runs."""

import subprocess
import sys
from pathlib import Path

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
    "dependencies": ["deptry", "."],
    "image": ["hadolint", "Dockerfile"],
    "tests": ["pytest", "--numprocesses", "auto", "--cov", "--cov-report", "term"],
}
COVERED = "--cov-fail-under=95"
"""Lines and branches, in per cent; asked for where both databases were tested."""


def main() -> int:
    """Run the checks in order, all of them even where one fails; the exit code is 1 if any did."""
    checks = {"tests": ["pytest", *sys.argv[1:]]} if sys.argv[1:] else dict(CHECKS)
    if not sys.argv[1:] and postgres.is_there():
        checks["tests"] = [*checks["tests"], COVERED]
    failed = []
    for name, (program, *arguments) in checks.items():
        print(f"== {name}", flush=True)
        if subprocess.run([BIN / program, *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
