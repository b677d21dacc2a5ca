"""A message stays one line of visible characters, whatever the names in it hold."""

from faceswap_lab.core.errors import FootageError, one_line


def test_control_characters_are_shown_by_their_numbers() -> None:
    assert one_line("a\nb\tc\x1b[31m\x00\x9b") == "a b c\\x1b[31m\\x00\\x9b"
    assert str(FootageError("a\r\nb")) == "a\\x0d b"


def test_what_breaks_a_line_or_turns_its_direction_is_shown_too() -> None:
    assert one_line("a\u2028b\u2029c\u202ed\u2066e") == "a\\u2028b\\u2029c\\u202ed\\u2066e"
    assert one_line("Zoë 日本") == "Zoë 日本"
