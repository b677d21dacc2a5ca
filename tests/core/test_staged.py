"""Numbers that change at steps."""

from typing import Any

import pytest

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.staged import Staged


def test_a_number_holds_from_its_step_until_the_next() -> None:
    staged = Staged({100: 2, 0: 1.0, 200: 0}, name="x")
    assert [staged.at(step) for step in (0, 99, 100, 199, 200, 10**9)] == [1, 1, 2, 2, 0, 0]
    assert Staged(0.5, name="x").at(10**9) == 0.5
    assert Staged(staged, name="y").at(150) == 2


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({1: 0.5}, "add a number for step 0"),
        ({0: 0.5, -1: 0.2}, "steps are whole numbers"),
        ({0: 0.5, 1.5: 0.2}, "steps are whole numbers"),
        ({"0": 0.5}, "steps are whole numbers"),
        ({0: 0.5, 10: 2.0}, "use 0 to 1"),
        (-0.1, "use 0 to 1"),
        (float("nan"), "use 0 to 1"),
        ("much", "use 0 to 1"),
        ({}, "add a number for step 0"),
    ],
)
def test_what_is_none_is_refused(value: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^loss.x=.*{message}"):
        Staged(value, name="loss.x", least=0, most=1)
