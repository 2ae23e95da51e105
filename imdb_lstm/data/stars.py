"""Stars as people write them, and the two classes that they make.

>>> stars_of("4,5 of 5 stars"), stars_of("★★★☆☆"), stars_of("7"), stars_of("good")
((4.5, 5), (3.0, 5), (7.0, 0), None)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from imdb_lstm.data.labels import LEFT_OUT, NAMES, Classes, as_number, describe_counts
from imdb_lstm.errors import DataError

# Of stars, the values up to the first and from the second on; those between are left out. 5 and 10
# stars: as the reviews of IMDb are labelled (Maas et al. 2011, section 4.1), and half as many.
SCALES = {5: (2.5, 3.5), 10: (4, 7), 100: (40, 70)}
_NUMBER = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(?:(?:/|of|out of)\s*(\d+)(?:\.0+)?)?\s*(?:stars?|points?)?"
)
_SIGNS = re.compile(r"([★⭐*]+)(☆*)")


def stars_of(label: str) -> tuple[float, int] | None:
    """Return a number of stars and of how many it is, 0 where that is not said; None for others."""
    label = label.strip().casefold()
    if (number := as_number(label)) is not None:
        return (number, 0) if number >= 0 else None
    if signs := _SIGNS.fullmatch(label.replace("\N{VARIATION SELECTOR-16}", "")):
        given, missing = map(len, signs.groups())
        return float(given), given + missing if missing else 0
    found = _NUMBER.fullmatch(label)
    if found is None:
        return None
    return float(found[1].replace(",", ".")), int(found[2] or 0)


def star_classes(keys: Collection[str], counts: Mapping[str, int]) -> Classes:
    """Return two classes of stars, with the middle left out.

    ``keys``: the ``label_key`` of each value. Raises ``DataError`` that lists the values where one
    is no number of stars, or they are of different scales.
    """
    found = {key: stars for key in keys if (stars := stars_of(key)) is not None}
    largest = max((number for number, _ in found.values()), default=0)
    said = {scale for _, scale in found.values() if scale}
    if len(found) < len(keys) or len(said) > 1 or not said <= SCALES.keys():
        raise _refused(counts)
    scale = max(said, default=0) or min((each for each in SCALES if each >= largest), default=0)
    if largest > scale:
        raise _refused(counts)
    low, high = SCALES[scale]
    values = {
        key: 0 if number <= low else 1 if number >= high else LEFT_OUT
        for key, (number, _) in found.items()
    }
    meaning = f"of {scale} stars, up to {low:g} is negative, from {high:g} positive"
    return Classes(NAMES, values, meaning)


def _refused(counts: Mapping[str, int]) -> DataError:
    return DataError(
        "--labels stars needs numbers from 0 to 5, 10 or 100, such as 4, 4/5 or ★★★★☆; the labels "
        f"are {describe_counts(counts)}"
    )
