"""A study in SQLite, by Optuna: it samples, prunes and stores trials. Only this module uses Optuna.

Of Optuna's states, FAIL means a trial that was lost when its search was killed, COMPLETE a finished
one, and PRUNED one that gave no log loss to compare.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from imdb_lstm.config.options import Config
from imdb_lstm.config.values import with_values
from imdb_lstm.errors import ConfigError, OutputError, RunError
from imdb_lstm.training.tuning.space import Choices, Range, Space
from imdb_lstm.training.tuning.trials import Outcome, Trial

FILE = "study.db"


def check_installed() -> None:
    """Raise ``ConfigError`` where Optuna is not installed."""
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        raise ConfigError("imdb-lstm tune needs: pip install imdb-lstm[tune]") from error


class Study:
    """The study in a folder, created if it does not exist, for one process at a time.

    Trials that a killed process left running are marked as lost, and sampled again: one process
    that is resumed gives the result of an undisturbed one. ``total``: number of trials to run.
    Raises ``RunError`` when the file is damaged or cannot be written.
    """

    def __init__(self, folder: Path, base: Config, space: Space, total: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.base, self.space, self.total, self.path = base, space, total, folder / FILE
        self._distributions = {key: _distribution(values) for key, values in space.items()}
        try:
            storage = optuna.storages.RDBStorage(
                "sqlite://",  # connected below: a URL does not allow every character of a path
                engine_kwargs={"creator": lambda: sqlite3.connect(self.path, timeout=60)},
            )
            self._study = optuna.create_study(
                storage=storage,
                study_name="study",
                load_if_exists=True,
                direction="minimize",
                pruner=optuna.pruners.MedianPruner(n_warmup_steps=max(2, base.epochs // 3)),
            )
            for trial in self._in_state("RUNNING"):
                self._study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        except Exception as error:  # SQLAlchemy raises many kinds for a damaged file
            raise RunError(f"{self.path} is damaged or cannot be written: {error}") from error

    def _in_state(self, *names: str) -> list[Any]:
        from optuna.trial import TrialState

        states = [TrialState[name] for name in names]
        return self._study.get_trials(deepcopy=False, states=states)

    def ask(self) -> tuple[Any, Config] | None:
        """Return a trial to run and its configuration, or None when there are ``total`` trials.

        The first trial has the values of the base, if the space contains them. A trial whose values
        exclude each other ends at once, as refused.
        """
        from optuna.samplers import TPESampler

        while len(self._in_state("RUNNING", "COMPLETE", "PRUNED")) < self.total:
            if self.base_values and not self._in_state("RUNNING", "COMPLETE", "PRUNED", "WAITING"):
                self._study.enqueue_trial(self.base_values)
            # A seed for every trial, which one that repeats a lost trial has too.
            sequence = [self.base.seed, len(self._in_state("RUNNING", "COMPLETE", "PRUNED"))]
            seed = int(np.random.SeedSequence(sequence).generate_state(1)[0])
            self._study.sampler = TPESampler(seed=seed)
            trial = self._study.ask(self._distributions)
            try:
                return trial, with_values(self.base, trial.params, "the space")
            except ConfigError:
                self.finish(trial, Outcome("refused"))
        return None

    @property
    def base_values(self) -> dict[str, Any] | None:
        """Values of the base for the searched options, if the space contains them all."""
        values = {key: getattr(self.base, key) for key in self.space}
        return values if all(values[key] in self.space[key] for key in values) else None

    def report(self, trial: Any, epoch: int, log_loss: float) -> bool:
        """Store the log loss of an epoch; return whether to prune the trial after it."""
        trial.report(log_loss, epoch)
        return trial.should_prune()

    def finish(self, trial: Any, outcome: Outcome) -> Trial:
        """Store the outcome of a trial. Raises ``OutputError`` when that fails."""
        from optuna.exceptions import StorageInternalError
        from optuna.trial import TrialState

        finished = outcome.state == "finished"
        try:
            trial.set_user_attr("outcome", asdict(outcome))
            self._study.tell(
                trial,
                outcome.log_loss if finished else None,
                state=TrialState.COMPLETE if finished else TrialState.PRUNED,
            )
        except StorageInternalError as error:
            raise OutputError(f"{self.path} cannot be written: {error.__cause__}") from error
        return self._ended(trial)

    def trials(self) -> list[Trial]:
        """List the trials that have ended, in the order in which they were started."""
        return [self._ended(trial) for trial in self._in_state("COMPLETE", "PRUNED")]

    def _ended(self, trial: Any) -> Trial:
        values = {key: trial.params[key] for key in self.space}
        earlier = self._in_state("RUNNING", "COMPLETE", "PRUNED")
        number = 1 + sum(each.number < trial.number for each in earlier)
        return Trial(number, Outcome(**trial.user_attrs["outcome"]), values)

    def importances(self) -> dict[str, float] | None:
        """Option → share of the variance of the log loss, in descending order.

        By fANOVA (Hutter et al. 2014). None unless there are more finished trials than options, or
        when all have the same log loss.
        """
        from optuna import importance

        if len(self._in_state("COMPLETE")) <= len(self.space):
            return None
        evaluator = importance.FanovaImportanceEvaluator(seed=self.base.seed)
        try:
            return importance.get_param_importances(self._study, evaluator=evaluator)
        except RuntimeError:  # there is no variance
            return None


def _distribution(values: Range | Choices) -> Any:
    from optuna import distributions

    if isinstance(values, Choices):
        return distributions.CategoricalDistribution(values.values)
    low, high, step = values.low, values.high, values.step
    if isinstance(low, int):
        return distributions.IntDistribution(low, int(high), values.log, int(step or 1))
    return distributions.FloatDistribution(low, high, values.log, step)
