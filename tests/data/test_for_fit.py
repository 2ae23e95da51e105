"""What fit reads is what the batches are, epoch by epoch, and nothing waits for its end."""

import numpy as np
import pytest
from test_batches import make_augmented, make_partly_labelled

from imdb_lstm.data.batches import for_fit


@pytest.mark.parametrize("make", [make_augmented, make_partly_labelled])
def test_fit_reads_every_epoch_as_it_is_planned_and_may_be_of_any_width(make):
    batches = make()
    dataset = for_fit(batches)
    assert int(dataset.cardinality()) == len(batches)
    assert dataset.element_spec[0].shape.as_list() == [None, None]
    assert not dataset.options().autotune.enabled
    for epoch in (0, 1, 4):
        batches.start(epoch)
        for number, found in enumerate(dataset.as_numpy_iterator()):
            for part, expected in zip(found, batches[number], strict=True):
                np.testing.assert_array_equal(part, expected)
                assert part.dtype == expected.dtype
        assert number + 1 == len(batches)
