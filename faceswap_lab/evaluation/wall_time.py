"""Minutes of training behind each logged step, so that runs of different speed can be laid over one another."""

from collections.abc import Mapping

import numpy as np

from faceswap_lab.evaluation.curves import Series

SECONDS = "train/seconds"
"""Logged by the run: seconds it has trained, over all its sessions, validations and checkpoints included."""


def over_minutes(series: Series, curves: Mapping[str, Series], end: tuple[int, float] | None) -> Series | None:
    """The series over minutes of training instead of steps.

    Args:
        series: Steps and values.
        curves: All that the run logged.
        end: Steps and seconds of the whole run, where they are known; without logged times they are spread evenly.

    Returns:
        None where nothing tells how long the run took.
    """
    known = [(0.0, 0.0)]
    for step, seconds in [*curves.get(SECONDS, []), *([] if end is None else [end])]:
        if step > known[-1][0] and seconds > known[-1][1]:  # a changed table may say anything
            known.append((step, seconds))
    if len(known) < 2:
        return None
    steps_K, seconds_K = np.array(known).T
    last = (seconds_K[-1] - seconds_K[-2]) / (steps_K[-1] - steps_K[-2])  # seconds a step, for what lies beyond
    minutes: Series = []
    for step, value in series:
        beyond = max(0.0, step - steps_K[-1])
        minutes.append(((float(np.interp(step, steps_K, seconds_K)) + beyond * last) / 60, value))
    return minutes
