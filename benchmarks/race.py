"""Who trains next in `time_to_quality.py`, when a recipe is given up, and what is said in the end; no training here."""

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FIRST = "light"  # the yardstick: it goes first, and its minutes decide when the others are given up
TIMES = 10.0
FACTORS = (1 / 3, 1.0, 3.0)  # of a recipe's own learning rate
GROWTH = 1.25  # of the steps between two checks
DISTANCE, MOUTH, SSIM = 0.45, 0.8, 0.85

Row = Mapping[str, Any]


def swaps(row: Row) -> bool:
    """Whether every direction is recognised and moves its mouth."""
    return row["distance"] <= DISTANCE and row["mouth"] >= MOUTH


def swaps_on_average(row: Row) -> bool:
    """The same of the mean over the directions."""
    return row["distance_mean"] <= DISTANCE and row["mouth_mean"] >= MOUTH


def restores(row: Row) -> bool:
    """Whether every identity is restored well."""
    return row["ssim"] >= SSIM


GOALS: dict[str, Callable[[Row], bool]] = {
    "minutes_to_swap": swaps,
    "minutes_to_swap_mean": swaps_on_average,
    "minutes_to_ssim": restores,
}


class Turn(NamedTuple):
    """What to do next: train a recipe at a rate until so many steps of its run are done, then check it."""

    recipe: str
    rate: float
    steps: int


@dataclass(slots=True)
class Race:
    """What is known so far; as JSON it is what a race goes on from.

    Attributes:
        step_ms: Times of steps of each recipe, measured in turns; the median counts.
        rates: Own learning rate of each recipe.
        trial_steps: How long each rate is tried.
        horizon: Steps of the yardstick's whole run, over which its rate falls to 0; it ends there.
        rows: A check each, as they came.
        diverged: Recipe and rate of the runs whose loss is no number any more.
    """

    step_ms: dict[str, list[float]]
    rates: dict[str, float]
    trial_steps: dict[str, int]
    horizon: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    diverged: list[list[Any]] = field(default_factory=list)

    @classmethod
    def begun(
        cls, step_ms: dict[str, list[float]], rates: dict[str, float], *, trial_minutes: float, horizon: int
    ) -> "Race":
        """A new one, in which all rates are tried for about the same minutes."""
        trials = {name: max(1, round(trial_minutes * 60_000 / statistics.median(of))) for name, of in step_ms.items()}
        return cls(step_ms, rates, {**trials, FIRST: min(trials[FIRST], horizon)}, horizon)

    def minutes(self, recipe: str, steps: int) -> float:
        """Of training: steps times the median time of one."""
        return steps * statistics.median(self.step_ms[recipe]) / 60_000

    def of_run(self, recipe: str, rate: float) -> list[dict[str, Any]]:
        """Its checks."""
        return [row for row in self.rows if (row["recipe"], row["rate"]) == (recipe, rate)]

    def chosen(self, recipe: str) -> float | None:
        """The rate of the best SSIM in its trial, which goes on; None before all are tried, or where none is left."""
        ends: dict[float, float] = {}
        for rate in self.tried(recipe):
            if [recipe, rate] in self.diverged:
                continue
            rows = self.of_run(recipe, rate)
            if not rows:
                return None
            ends[rate] = rows[0]["ssim_mean"]
        return max(ends, key=lambda rate: ends[rate]) if ends else None

    def tried(self, recipe: str) -> list[float]:
        """The rates of the trials."""
        return [factor * self.rates[recipe] for factor in FACTORS]

    def first_minutes(self, recipe: str, goal: str) -> float | None:
        """Minutes at the earliest check, of any rate, that met a goal."""
        met = [row["steps"] for row in self.rows if row["recipe"] == recipe and GOALS[goal](row)]
        return self.minutes(recipe, min(met)) if met else None

    def trained_minutes(self, recipe: str) -> float:
        """Of the longest run."""
        return self.minutes(recipe, max((row["steps"] for row in self.rows if row["recipe"] == recipe), default=0))

    def cap_minutes(self) -> float:
        """When others are given up: ten times what the yardstick needed for the last goal that it met."""
        met = [minutes for goal in GOALS if (minutes := self.first_minutes(FIRST, goal)) is not None]
        return TIMES * max(met, default=self.minutes(FIRST, self.horizon))

    def turn(self, recipe: str) -> Turn | None:
        """A recipe's next turn, or None where it is done."""
        for rate in self.tried(recipe):
            if not self.of_run(recipe, rate) and [recipe, rate] not in self.diverged:
                return Turn(recipe, rate, self.trial_steps[recipe])
        rate = self.chosen(recipe)
        if rate is None or all(self.first_minutes(recipe, goal) is not None for goal in GOALS):
            return None
        steps = self.of_run(recipe, rate)[-1]["steps"]
        next_check = max(steps + 1, round(GROWTH * steps))
        if recipe == FIRST:
            return Turn(recipe, rate, min(next_check, self.horizon)) if steps < self.horizon else None
        next_check = min([next_check, *(at for at in self._given_up_at(recipe) if at > steps)])
        return Turn(recipe, rate, next_check) if self.minutes(recipe, steps) < self.cap_minutes() else None

    def next_turn(self) -> Turn | None:
        """The yardstick until it is done, then who has trained least, so that a race cut short leaves equal bounds."""
        if (turn := self.turn(FIRST)) is not None:
            return turn
        turns = [turn for recipe in self.rates if (turn := self.turn(recipe)) is not None]
        return min(turns, key=lambda turn: self._spent(turn), default=None)

    def result(self) -> dict[str, dict[str, float | str | None]]:
        """By recipe, minutes to each goal; where it was not met, how many times the yardstick's minutes did not do.

        ``>10x`` where it was given up, a smaller multiple where the race was cut short, null where the yardstick has
        not met the goal itself.
        """
        return {
            recipe: {
                **{goal: self._said(recipe, goal) for goal in GOALS},
                "minutes_trained": round(self.trained_minutes(recipe), 2),
                "rate": self.chosen(recipe),
                "ms_per_step": round(statistics.median(self.step_ms[recipe]), 1),
            }
            for recipe in self.rates
        }

    def _said(self, recipe: str, goal: str) -> float | str | None:
        found, yardstick = self.first_minutes(recipe, goal), self.first_minutes(FIRST, goal)
        if found is not None:
            return round(found, 2)
        if recipe == FIRST or yardstick is None:
            return None
        multiple = min(self.trained_minutes(recipe) / yardstick, TIMES)
        return ">10x" if multiple == TIMES else f">{int(10 * multiple) / 10:.1f}x"

    def _given_up_at(self, recipe: str) -> list[int]:
        """Steps of a recipe that take ten times the yardstick's minutes to each goal; a check falls on each."""
        yardstick = [minutes for goal in GOALS if (minutes := self.first_minutes(FIRST, goal)) is not None]
        return [math.ceil(TIMES * minutes / self.minutes(recipe, 1)) for minutes in yardstick]

    def _spent(self, turn: Turn) -> float:
        rows = self.of_run(turn.recipe, turn.rate)
        return self.minutes(turn.recipe, rows[-1]["steps"]) if rows else 0.0
