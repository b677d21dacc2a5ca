"""A command of faceswap-lab, run here, with its failure as an exception."""

from collections.abc import Sequence

from faceswap_lab.cli import main


class CommandError(Exception):
    """A command ended with another exit code than 0; it has said why."""


def run_command(words: Sequence[str]) -> None:
    """Runs one command line.

    Raises:
        CommandError: Its exit code is not 0.
    """
    code = main(list(words))
    if code == 130:
        raise KeyboardInterrupt
    if code != 0:
        raise CommandError(f"`faceswap-lab {words[0]}` ended with exit code {code}")
