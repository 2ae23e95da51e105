"""A study in SQLite: what to try next, what to stop, what was found. All of Optuna is in here.

Of Optuna's states FAIL means a trial lost when its search was killed, COMPLETE a finished one, and
PRUNED any that gave no log loss to compare.
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
    """The study in a folder, made if need be, for this process alone.

    What a killed process left running is lost. ``total``: how many trials it is to have. Raises
    ``RunError`` when the file is damaged, and ``OutputError`` when there is no room for it.
    """

    def __init__(self, folder: Path, base: Config, space: Space, total: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.base, self.space, self.total, self.path = base, space, total, folder / FILE
        self._distributions = {key: _distribution(values) for key, values in space.items()}
        try:
            storage = optuna.storages.RDBStorage(
                "sqlite://",  # connected here, for a URL does not take every character of a path
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
        except Exception as error:  # whatever SQLAlchemy meets in a file
            raise RunError(f"{self.path} is damaged or not to be written: {error}") from error

    def _in_state(self, *names: str) -> list[Any]:
        from optuna.trial import TrialState

        states = [TrialState[name] for name in names]
        return self._study.get_trials(deepcopy=False, states=states)

    def ask(self) -> tuple[Any, Config] | None:
        """A trial to run and its configuration; none when there are enough.

        The base's own values come first, if the space holds them. Values that do not go together
        make a trial that is over at once.
        """
        from optuna.samplers import TPESampler

        while len(self._in_state("RUNNING", "COMPLETE", "PRUNED")) < self.total:
            if self.base_values and not self._in_state("RUNNING", "COMPLETE", "PRUNED", "WAITING"):
                self._study.enqueue_trial(self.base_values)
            # Seeded anew for every trial, so that going on repeats no sample drawn before.
            sequence = [self.base.seed, len(self._study.get_trials(deepcopy=False))]
            seed = int(np.random.SeedSequence(sequence).generate_state(1)[0])
            self._study.sampler = TPESampler(seed=seed)
            trial = self._study.ask(self._distributions)
            try:
                return trial, with_values(self.base, trial.params, "the space")
            except ConfigError:
                self.tell(trial, Outcome("refused"))
        return None

    @property
    def base_values(self) -> dict[str, Any] | None:
        """The base's values of what is searched over, if the space holds them all."""
        values = {key: getattr(self.base, key) for key in self.space}
        return values if all(values[key] in self.space[key] for key in values) else None

    def report(self, trial: Any, epoch: int, log_loss: float) -> bool:
        """Note an epoch of a trial; return whether to stop it there."""
        trial.report(log_loss, epoch)
        return trial.should_prune()

    def tell(self, trial: Any, outcome: Outcome) -> Trial:
        """Note how a trial ended."""
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
        return self._over(trial)

    def trials(self) -> list[Trial]:
        """The trials that are over, in the order in which they were begun."""
        return [self._over(trial) for trial in self._in_state("COMPLETE", "PRUNED")]

    def _over(self, trial: Any) -> Trial:
        values = {key: trial.params[key] for key in self.space}
        return Trial(trial.number + 1, Outcome(**trial.user_attrs["outcome"]), values)

    def importances(self) -> dict[str, float] | None:
        """Option → share of the log loss's variance by fANOVA (Hutter et al. 2014), descending.

        None of fewer finished trials than options, or where all are equal.
        """
        from optuna import importance

        if len(self._in_state("COMPLETE")) <= len(self.space):
            return None
        evaluator = importance.FanovaImportanceEvaluator(seed=self.base.seed)
        try:
            return importance.get_param_importances(self._study, evaluator=evaluator)
        except RuntimeError:  # no variance at all
            return None


def _distribution(values: Range | Choices) -> Any:
    from optuna import distributions

    if isinstance(values, Choices):
        return distributions.CategoricalDistribution(values.values)
    low, high, step = values.low, values.high, values.step
    if isinstance(low, int):
        return distributions.IntDistribution(low, int(high), values.log, int(step or 1))
    return distributions.FloatDistribution(low, high, values.log, step)
