"""The jobs of a study: every setting with every seed, trained for the same time, then measured.

What is done is not done again, so that the same command goes on with a study that was stopped.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from experiments.running.commands import CommandError, run_command
from experiments.running.people import Person
from faceswap_lab.core.foreign_files import read_yaml
from faceswap_lab.core.runs import read_status

logger = logging.getLogger("faceswap_lab")


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the things that are compared.

    Attributes:
        overrides: Of `train`, beside what all settings share.
        people: How many of the study's people train, the first ones.
        times: How many times as long it trains as the others.
        begins_with: A setting whose checkpoint, of the same seed, this one begins with.
    """

    overrides: Sequence[str] = ()
    people: int = 2
    times: float = 1.0
    begins_with: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often.

    Attributes:
        output: Folder of the jobs; one a setting and seed.
        shared: Overrides of every job.
        seeds: Of each setting.
        minutes: Of training, a job; none where ``shared`` says how long. The first seed's job turns them into steps and
            the other seeds make as many, so that seeds differ by chance and not by what else the machine did.
        steps: Of a job with two people, in place of minutes, where other work slows the machine down now and then. With
            four people a step has twice as many faces, and half of the steps are made.
        failed: What went wrong, by the job's folder.
    """

    output: Path
    shared: Sequence[str]
    seeds: Sequence[int]
    minutes: float | None = None
    steps: int | None = None
    failed: dict[str, str] = field(default_factory=dict)

    def job(self, setting: str, seed: int) -> Path:
        """The folder of a job."""
        return self.output / f"{setting},seed={seed}"


def run_jobs(
    plan: Plan,
    settings: Mapping[str, Setting],
    people: Sequence[Person],
    *,
    after_each: Callable[[], object] = lambda: None,
) -> None:
    """Trains and measures what is not done yet; a job that fails stops no other and is kept in ``plan.failed``.

    Seeds are the outer loop: a study stopped half-way has compared all settings with fewer seeds.

    Args:
        plan: How long and how often.
        settings: By name; one that another begins with comes before it.
        people: Whom to train; those with footage are measured on it.
        after_each: Called when a job has ended, to write what is known so far.
    """
    for seed in plan.seeds:
        for name, setting in settings.items():
            folder = plan.job(name, seed)
            try:
                _train(plan, name, setting, people[: setting.people], seed)
                _measure(folder, people[: setting.people])
            except CommandError as error:
                logger.warning("%s: %s", folder.name, error)
                plan.failed[folder.name] = str(error)
            after_each()


def _train(plan: Plan, name: str, setting: Setting, people: Sequence[Person], seed: int) -> None:
    folder = plan.job(name, seed)
    if read_status(folder).get("state") == "done":
        return
    words = [*plan.shared, *setting.overrides, f"seed={seed}", f"output={folder}"]
    config = plan.job(name, plan.seeds[0]) / "config.yaml"
    if plan.steps is not None:
        words.append(f"trainer.max_steps={round(plan.steps * setting.times * 2 / setting.people)}")
    elif plan.minutes is not None and seed != plan.seeds[0] and config.exists():
        words.append(f"trainer.max_steps={read_yaml(config)['trainer']['max_steps']}")
    elif plan.minutes is not None:
        words.append(f"minutes={plan.minutes * setting.times:g}")
    for person in people:
        words.append(f"facesets.{person.name}={person.faceset}")
        words += [] if person.trained is None else [f"range.{person.name}={person.trained}"]
    if setting.begins_with is not None:  # when resuming too: it says what is frozen
        words.append(f"init_from={plan.job(setting.begins_with, seed) / 'checkpoints' / 'last.ckpt'}")
    run_command(["train", *words])


def _measure(folder: Path, people: Sequence[Person]) -> None:
    report = folder / "report"
    if (report / "metrics.json").exists() or any(person.held is None for person in people):
        return
    words = [f"checkpoint={folder / 'checkpoints' / 'last.ckpt'}", f"output={report}"]
    for person in people:
        words.append(f"footage.{person.name}={person.held}")
        words += [] if person.measured is None else [f"range.{person.name}={person.measured}"]
    run_command(["evaluate", *words])
