"""Foreign text in Markdown stays one line of text, whatever is in it."""

import pytest

from faceswap_lab.core.markdown import NOT_RECORDED, code, facts, literal, rows, text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, NOT_RECORDED),
        ("", NOT_RECORDED),
        ("\n\u202e\x00", NOT_RECORDED),
        (True, "yes"),
        (0.123456, "0.1235"),
        ("contract 12, CC-BY-4.0", "contract 12, CC-BY-4.0"),
        ("a|b", r"a\|b"),
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("[x](http://evil.example)", r"\[x\](http\://evil.example)"),
        ("www.evil.example", r"www\.evil.example"),
        ("me@evil.example", r"me\@evil.example"),
        ("one\n# two\r\u2028three", r"one \# two three"),
        ("&lt;b&gt;", r"\&lt;b\&gt;"),
        ("\\`code`", r"\\\`code\`"),
    ],
)
def test_text_is_one_line_without_markup(given: object, shown: str) -> None:
    assert text(given) == shown


def test_text_that_turns_its_direction_or_is_no_unicode_is_written_without_these() -> None:
    assert text("ab\u202ecd\ud800e") == "ab cd e"
    text("\udcff").encode()
    assert len(text("x" * 10_000)) == 301


def test_only_plain_words_stand_in_fixed_width() -> None:
    assert code("ab" * 32) == f"`{'ab' * 32}`"
    assert code("a`b") == r"a\`b"


def test_tables_have_a_row_a_line() -> None:
    assert rows(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert facts({"a": text("1|2")}) == "|  |  |\n| --- | --- |\n| a | 1\\|2 |\n"


def test_a_block_is_indented_whatever_it_holds() -> None:
    block = literal({"evil": "x\n```\n</pre>\n# head", "other": {"a": 1}})
    assert all(line.startswith("    ") for line in block.splitlines())
