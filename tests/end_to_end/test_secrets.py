"""What is secret in the environment and in options is in nothing that a command wrote."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faceswap_lab.commands.demo_footage import write_demo_footage
from faceswap_lab.provenance.authority import authority_folder, local_identification

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

Cli = Callable[..., Any]
SECRETS = {
    "WANDB_API_KEY": "0123456789abcdef0123456789abcdef01234567",
    "MLFLOW_TRACKING_PASSWORD": "tracker-password-77",
    "AWS_SECRET_ACCESS_KEY": "aws/secret+access=key77",
    "HF_TOKEN": "hf_token_of_somebody_77",
    "GITHUB_TOKEN": "ghp_token_of_somebody_77",
    "SOME_PASSWORD": "correct horse battery 77",
}
KEYS_FOLDER = "folder-of-signing-keys-77"


def leaks(folder: Path, words: list[bytes]) -> Iterator[str]:
    """Where a word is in a name or in the bytes of a file, databases and checkpoints included."""
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for word in words:
            if word in content or word in str(path.relative_to(folder)).encode():
                yield f"{path.relative_to(folder)}: {word[:12]!r}…"


@pytest.fixture
def own_signer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key in a folder of the user's, as somebody has who signs by a name of theirs."""
    folder = tmp_path_factory.mktemp("home") / KEYS_FOLDER
    folder.mkdir()
    local_identification()
    files = (folder / "chain.pem", folder / "secret-signing.key")
    for file, name in zip(files, ("signer.pem", "signer.key"), strict=True):
        file.write_bytes((authority_folder() / name).read_bytes())
    return files


def test_no_command_writes_a_secret_down(
    run_cli: Cli,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    own_signer: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    clips = tmp_path_factory.mktemp("footage")
    write_demo_footage(clips, seconds=1.2)

    def run(*words: object) -> None:
        result = run_cli(list(words))
        assert result.code == 0, result.stderr

    people = ("astronaut", "hopper")
    for name in people:
        to = (f"faceset={tmp_path}/faces/{name}", f"identity.name={name}", "identity.consent.basis=public-material")
        run("extract", f"footage={clips}/{name}_train.mp4", *to)
    facesets = [f"facesets.{name}={tmp_path}/faces/{name}" for name in people]
    loggers = "logger=[csv,tensorboard,wandb,mlflow]"
    run("train", "experiment=light", "trainer.max_steps=3", loggers, f"output={tmp_path}/study/run", *facesets)
    checkpoint = f"checkpoint={tmp_path}/study/run/checkpoints/last.ckpt"
    signer = [
        f"provenance.credential.{key}={file}"
        for key, file in zip(("certificate", "private_key"), own_signer, strict=True)
    ]
    clip = f"footage={clips}/astronaut_held.mp4"
    run("convert", checkpoint, clip, "identity=hopper", f"output={tmp_path}/swapped.mp4", *signer)
    held = [f"footage.{name}={clips}/{name}_held.mp4" for name in people]
    run("evaluate", checkpoint, *held, f"output={tmp_path}/report", *signer)

    key = [line for line in own_signer[1].read_bytes().splitlines() if b"-" not in line]
    key.pop()  # its end is the public key, which stands in every manifest
    words = [*(secret.encode() for secret in SECRETS.values()), *key, own_signer[1].name.encode()]
    assert "\n".join(leaks(tmp_path, [*words, KEYS_FOLDER.encode()])) == ""
    assert (tmp_path / "study" / "run" / "wandb").is_dir(), "the trackers wrote their files, too"
    assert (tmp_path / "study" / "mlflow.db").is_file()
