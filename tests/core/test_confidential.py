"""Secrets are refused before anything is written, in one line that does not repeat them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from faceswap_lab.core.confidential import check_configuration, check_overrides, redacted, told
from faceswap_lab.core.errors import ConfigError

SECRET = "sk-0123456789abcdef"


@pytest.mark.parametrize(
    ("word", "key"),
    [
        (f"+logger.wandb.api_key={SECRET}", "logger.wandb.api_key"),
        (f"logger.wandb.apikey={SECRET}", "logger.wandb.apikey"),
        (f"++logger.mlflow.password='{SECRET}'", "logger.mlflow.password"),
        (f"hydra.job.env_set.WANDB_API_KEY={SECRET}", "hydra.job.env_set.WANDB_API_KEY"),
        (f"+logger.x={{_target_: a.B, auth_token: {SECRET}}}", "logger.x.auth_token"),
        (f"logger.mlflow.tracking_uri=https://me:{SECRET}@host/mlflow", "logger.mlflow.tracking_uri"),
    ],
)
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(word: str, key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        check_overrides(["seed=1", word])
    assert str(refused.value).startswith(f"{key} holds a secret")
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "word",
    [
        "logger.wandb.api_key=null",
        "footage=/clips/token=5/password: 1.mp4",
        "provenance.credential.private_key=/keys/me.pem",
        "logger.mlflow.tracking_uri=http://localhost:5000/a@b",
        "tokens=3",
        "identity.consent.reference=secret santa 12",
    ],
)
def test_what_is_none_is_let_through(word: str) -> None:
    check_overrides([word])


def test_a_secret_in_a_file_of_options_is_refused_too() -> None:
    for node in ({"logger": {"w": {"api_key": SECRET}}}, {"a": [{"b": f"ftp://me:{SECRET}@host"}]}):
        with pytest.raises(ConfigError, match="holds a secret"):
            check_configuration(OmegaConf.create(node))
    check_configuration(OmegaConf.create({"logger": {"w": {"api_key": None, "name": "x"}}}))


def test_what_is_passed_on_says_only_that_something_was_there() -> None:
    told = redacted({"credential": {"private_key": "me.pem", "certificate": None}, "a": [{"token": SECRET}]})
    assert told == {"credential": {"private_key": "withheld", "certificate": None}, "a": [{"token": "withheld"}]}
    assert redacted({"private_key": None}) == {"private_key": None}
    assert redacted("https://me:pass@host/x") == "https://withheld@host/x"


def test_a_command_with_a_secret_writes_nothing(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    for more in (["train"], ["train", "-m", "seed=1,2"]):
        given = [*more, f"output={tmp_path / 'run'}", "facesets.a=x", f"+logger.wandb.api_key={SECRET}"]
        result = run_cli(given)
        assert result.code == 2
        assert result.stderr.count("\n") == 1
        assert SECRET not in result.stderr + result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_command_line_is_told_without_secrets_and_the_signer_s_files() -> None:
    words = ["checkpoint=run/last.ckpt", "provenance.credential.private_key=/home/me/my.key", "footage.bob=a=b.mp4"]
    words += ["+provenance.credential.certificate=/home/me/chain.pem", "logger.x.api_key=77", "--json", "api_key=null"]
    words += ["logger.mlflow.tracking_uri=https://me:word@host/"]
    assert told(words) == [
        *("checkpoint=run/last.ckpt", "provenance.credential.private_key=withheld", "footage.bob=a=b.mp4"),
        *("+provenance.credential.certificate=withheld", "logger.x.api_key=withheld", "--json", "api_key=null"),
        "logger.mlflow.tracking_uri=https://withheld@host/",
    ]
