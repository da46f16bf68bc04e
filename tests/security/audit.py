"""Known vulnerabilities of the locked packages; `make audit` runs it, which installs pip-audit first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[2] / "resources/pycanary/jenkins/requirements.txt"


def main() -> int:
    """Fail for a vulnerability; say where the package index told nothing, which is neither good nor bad news."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "pypi", "--format", "json"]
    options = ["--progress-spinner", "off", "--require-hashes", "--disable-pip", "--requirement", str(LOCK)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        words = (done.stderr.strip().splitlines() or ["no words"])[-1]
        print(f"audit: nothing was audited: pip-audit cannot reach https://pypi.org here ({words})")
        return 0
    skipped = [each for each in packages if "skip_reason" in each]
    bad = [each for each in packages if each.get("vulns")]
    for each in bad:
        names = ", ".join(vulnerability["id"] for vulnerability in each["vulns"])
        print(f"audit: {each['name']} {each['version']}: {names}; `make lock` takes newer packages")
    if len(skipped) == len(packages):
        print(f"audit: nothing was audited: the package index here tells no vulnerabilities ({len(packages)} packages)")
    else:
        print(
            f"audit: {len(packages) - len(skipped)} of {len(packages)} locked packages audited, {len(bad)} vulnerable"
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
