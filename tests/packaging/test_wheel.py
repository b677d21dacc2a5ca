"""The wheel works outside the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel, unpacked into a folder of its own without what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(folder.glob("*.whl"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder / "lib"),
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return folder / "lib"


def _run(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys, faceswap_lab.cli as c; assert sys.argv[1] in c.__file__; sys.exit(c.main(sys.argv[2:]))"
    command = [sys.executable, "-P", "-c", code, str(installed), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_explains_composes_and_checks_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    helped = _run(installed, tmp_path, "train", "--help")
    assert helped.returncode == 0, helped.stderr
    assert "experiment" in helped.stdout
    assert "light" in helped.stdout
    composed = _run(installed, tmp_path, "train", "--cfg", "job", "experiment=light")
    assert composed.returncode == 0, composed.stderr
    assert "faceswap_lab.models.encoders.light" in composed.stdout
    refused = _run(installed, tmp_path, "frames", "nowhere.mp4", "output=x")
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: nowhere.mp4")
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_carries_the_licence_and_the_configuration(installed: Path) -> None:
    assert (installed / "faceswap_lab" / "_conf" / "train.yaml").exists()
    assert list(installed.glob("faceswap_lab-*.dist-info/licenses/LICENSE"))
