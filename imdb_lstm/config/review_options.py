"""The options that say where reviews are, how their files are read, and how they are split.

They are part of every ``Config``; commands that only read a file use them alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial

from imdb_lstm.config.fields import ALL_MODELS, check_field, option
from imdb_lstm.errors import ConfigError

FORMATS = ("auto", "csv", "tsv", "jsonl", "json", "txt", "parquet", "excel")
IMDB_DATA = ("imdb", "imdb-stars")  # labelled by sentiment, and by stars
QUOTINGS = ("auto", "double", "backslash", "none")

_reviews = partial(option, group="reviews", models=ALL_MODELS, prepares=True)
_file = partial(option, group="file", models=ALL_MODELS, prepares=True)
_split = partial(option, group="split", models=ALL_MODELS, prepares=True)


@dataclass(frozen=True)
class ReviewOptions:
    """Where reviews are and how they are read and split. Immutable.

    Raises ``ConfigError`` when a value has the wrong type, or lies outside its choices or bounds.
    """

    # fmt: off
    # Reviews
    data: str = _reviews(
        "imdb",
        "Reviews to train on: imdb, imdb-stars, sample, or a file, folder or pattern of files.",
    )
    train_file: str = _reviews("", "File of the train reviews, instead of --data.")
    validation_file: str = _reviews("", "File of the validation reviews, beside --train-file.")
    test_file: str = _reviews("", "File of the test reviews, beside --train-file.")
    text_column: str = _reviews("", "Column of the text. Without it: text, review, content, ...")
    label_column: str = _reviews("", "Column of the label. Without it: label, stars, ...")
    rating_column: str = _reviews("rating", "Column of a star rating, if any.")
    group_column: str = _reviews("group", "Column of a group whose accuracy is reported, if any.")
    pair_column: str = _reviews(
        "pair", "Column that the two reviews of a contrast pair share, if any.",
    )
    labels: str = _reviews(
        "", "What the labels mean: negative=0,positive=4, or stars; none=VALUE leaves rows out. "
        "Without it: by their values.",
    )
    ordinal: bool = _reviews(
        False, "Three or more classes are in an order: near mistakes are smaller ones.",
    )
    extra_reviews: str = _reviews("", "File of more train reviews, for example paraphrases.")
    unlabelled: str = _reviews(
        "", "File of reviews without a label, beside the 50,000 of IMDb.",
    )

    # File
    file_format: str = _file("auto", "Format of a file; auto: by its content.", choices=FORMATS)
    separator: str = _file(
        "auto", "Separator of columns: auto, comma, semicolon, tab, bar, or one character.",
    )
    quoting: str = _file(
        "auto", "How a quote within quotes is written; none: quotes are text.", choices=QUOTINGS,
    )
    encoding: str = _file("auto", "Encoding of a file, such as utf-8; auto: by its content.")
    header: str = _file(
        "auto", "Whether the first row names the columns.", choices=("auto", "yes", "no"),
    )
    bad_rows: str = _file(
        "stop", "What to do at a row that cannot be read: stop, or skip and list it.",
        choices=("stop", "skip"),
    )

    # Split
    split_column: str = _split(
        "", "Column that says train, validation or test. Without it: split, where it says so.",
    )
    validation_fraction: float = _split(
        0.1, "Share of train that is held out for validation.", minimum=0.01, maximum=0.5,
    )
    test_fraction: float = _split(
        0.2, "Share of a file without splits that is held out for testing; 0: no test.",
        minimum=0, maximum=0.5,
    )
    split_seed: int = _split(-1, "Seed of the splits; -1: that of --seed.", minimum=-1)
    group_by: str = _split(
        "", "Column whose reviews stay on one side of a split, for example the author.",
    )
    time: str = _split("", "Column of a date or number: the latest reviews are held out.")
    folds: int = _split(
        0, "Cross-validation: train this many runs, each tested on its own part; 0: none.",
        minimum=0, maximum=100,
    )
    fold: int = _split(0, "The part, from 1, that one run of --folds is tested on.", minimum=0)
    train_limit: int = _split(0, "Use only this many train reviews; 0: all.", minimum=0)
    # fmt: on

    @property
    def of_imdb(self) -> bool:
        """Whether the reviews are those of IMDb, with either kind of label."""
        return self.data in IMDB_DATA

    def __post_init__(self) -> None:
        if self.train_file:  # then it is the data, in every name and message
            object.__setattr__(self, "data", self.train_file)
        for field in fields(self):
            check_field(field, getattr(self, field.name))
        _check_split(self)


def _check_split(options: ReviewOptions) -> None:
    """Raise ``ConfigError`` for ways of splitting that do not go together."""
    if options.fold > options.folds or options.folds == 1:
        raise ConfigError("folds must be 2 or more, and fold one of 1 to folds")
    if options.folds and (options.time or options.split_column or options.train_file):
        raise ConfigError("folds cut the reviews themselves: leave out time and given splits")
    if (options.validation_file or options.test_file) and not options.train_file:
        raise ConfigError("validation_file and test_file stand beside train_file: set it too")
