"""`make audit` tells holes from none, and says in one line where nobody can be asked."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "audit.py"


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_line_for_each_hole(audit: ModuleType) -> None:
    """In the format of pip-audit 2.10, `--format json`."""
    hole = {"id": "PYSEC-2023-227", "fix_versions": ["10.0.1"], "aliases": ["CVE-2023-44271"], "description": ""}
    open_hole = {"id": "GHSA-xxxx", "fix_versions": [], "aliases": [], "description": ""}
    answer = {
        "dependencies": [
            {"name": "pillow", "version": "9.5.0", "vulns": [hole, open_hole]},
            {"name": "numpy", "version": "2.1.0", "vulns": []},
            {"name": "faceswap-lab", "skip_reason": "distribution marked as editable"},
        ],
        "fixes": [],
    }
    assert audit.lines(answer) == [
        "pillow 9.5.0: PYSEC-2023-227, mended in 10.0.1",
        "pillow 9.5.0: GHSA-xxxx, mended in no version",
        "audit: 2 packages, 2 known holes",
    ]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("pip_audit") is None, reason="pip-audit is not installed")
def test_without_a_service_it_says_so_in_one_line() -> None:
    nowhere = "http://127.0.0.1:9"  # the port of what is discarded: refused at once
    environment = os.environ | {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "ALL_PROXY": nowhere, "NO_PROXY": ""}
    done = subprocess.run([sys.executable, str(SCRIPT)], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (
        0,
        "audit: none of the services pypi, osv can be reached: nothing was checked\n",
    )
    assert done.stderr == ""
