"""The errors a user can cause, each with a message of one line: what was given, what was expected, what to do."""

_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {9: " ", 10: " "}
_VISIBLE |= {code: f"\\u{code:04x}" for code in (*range(0x2028, 0x202F), *range(0x2066, 0x206A))}


def one_line(text: str) -> str:
    """A text without characters that could hide or recolour what a terminal shows: controls, lines, directions."""
    return text.translate(_VISIBLE)


class FaceswapLabError(Exception):
    """A mistake in what was given, not in this program: the command line shows its one line and exits with 2."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class ConfigError(FaceswapLabError):
    """An option is unknown, missing, of the wrong type, or contradicts another."""


class FootageError(FaceswapLabError):
    """Footage is missing or cannot be decoded."""


class NoFaceError(FaceswapLabError):
    """No usable face where one is needed."""


class ShapeError(FaceswapLabError):
    """An array or tensor has a shape that the function cannot take."""


class FacesetError(FaceswapLabError):
    """A face set is missing, empty, damaged or too small."""


class CheckpointError(FaceswapLabError):
    """A checkpoint is missing, foreign, damaged or does not hold what is asked of it."""


class DamagedCheckpointError(CheckpointError):
    """A checkpoint's bytes are not those that were written."""


class ConsentError(FaceswapLabError):
    """The consent record is missing, incomplete or does not cover the use."""


class OutputError(FaceswapLabError):
    """The result cannot be written where it should go."""
