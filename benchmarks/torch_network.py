"""The network of ``imdb_lstm/models/network.py`` in PyTorch, with its optimizer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from imdb_lstm.config.options import Config
from imdb_lstm.models.numpy.embedding import Embedding
from imdb_lstm.models.numpy.saved_layers import SavedLayer
from imdb_lstm.text.vocabulary import PADDING_ID, UNKNOWN_ID


class Network(nn.Module):
    """Ids, int32 (B, T), right-padded with 0 → logits (B,), of an LSTM in one or two directions.

    ``packed``: no padding is computed, and the backward direction starts at the last token, as in
    this project. Otherwise it reads the padding first, which is faster and common. With a
    ``chunk_length`` in the configuration the review is read in chunks.
    """

    def __init__(self, config: Config, vocabulary_size: int, packed: bool) -> None:
        super().__init__()
        if config.encoder not in ("lstm", "bilstm") or set(self.kinds(config)) - {"max", "mean"}:
            raise SystemExit(
                "the PyTorch network supports lstm and bilstm with max or mean pooling"
            )
        self.config, self.packed = config, packed
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_dim, padding_idx=0)
        frozen = config.word_vectors and config.freeze_embeddings
        self.embedding.weight.requires_grad_(not frozen)
        both = config.encoder == "bilstm"
        self.recurrent = nn.LSTM(
            config.embedding_dim, config.units, config.layers, batch_first=True,
            bidirectional=both, dropout=config.output_dropout if config.layers > 1 else 0.0,
        )  # fmt: skip
        self.dropout = nn.Dropout(config.output_dropout)
        width = config.units * (1 + both) * len(self.kinds(config))
        self.logit = nn.Linear(width, 1)

    @staticmethod
    def kinds(config: Config) -> list[str]:
        return config.pooling.split("+")

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        mask = ids != PADDING_ID
        values = self.read(self.embed(ids, mask), mask)
        pooled = torch.cat([self.pool(kind, values, mask) for kind in self.kinds(self.config)], 1)
        return self.logit(self.dropout(pooled))[:, 0].float()

    def embed(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Word embeddings; in training with word dropout and embedding dropout."""
        if not self.training:
            return self.embedding(ids)
        dropped = (torch.rand(ids.shape) < self.config.word_dropout) & mask
        values = self.embedding(ids.masked_fill(dropped, UNKNOWN_ID))
        kept = functional.dropout(
            torch.ones(len(ids), 1, values.shape[-1]), self.config.embedding_dropout
        )
        return values * kept

    def read(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Outputs of the recurrent layers, over the whole review or all its chunks at once."""
        batch, length = mask.shape
        if chunk := self.config.chunk_length:
            missing = -length % chunk
            values = functional.pad(values, (0, 0, 0, missing)).view(-1, chunk, values.shape[-1])
            mask = functional.pad(mask, (0, missing)).view(-1, chunk)
        if self.packed:  # a chunk without a token is read as one token of padding
            lengths = mask.sum(1).clamp(min=1)
            sequence = pack_padded_sequence(values, lengths, batch_first=True, enforce_sorted=False)
            result, _ = pad_packed_sequence(
                self.recurrent(sequence)[0], batch_first=True, total_length=values.shape[1]
            )
        else:
            result, _ = self.recurrent(values)
        return result.reshape(batch, -1, result.shape[-1])[:, :length]

    def pool(self, kind: str, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Maximum or mean over the tokens of each review."""
        if kind == "max":
            return values.masked_fill(~mask[..., None], -1e4).amax(1)
        weight = mask[..., None].float()
        return ((values.float() * weight).sum(1) / weight.sum(1)).to(values.dtype)


class Runner:
    """The network with its optimizer, for passes over batches."""

    def __init__(
        self, config: Config, vocabulary_size: int, packed: bool, bfloat16: bool, threads: int
    ) -> None:
        torch.set_num_threads(threads)
        torch.manual_seed(config.seed)
        self.config = config
        self.network = Network(config, vocabulary_size, packed)
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), config.learning_rate, fused=True
        )
        self.precision = torch.autocast("cpu", torch.bfloat16, enabled=bfloat16)

    def train(self, batches: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        """Take one training step per batch of (ids, labels (B, 1))."""
        self.network.train()
        smoothing = self.config.label_smoothing
        for ids, labels in batches:
            target = torch.from_numpy(labels)[:, 0] * (1 - smoothing) + smoothing / 2
            with self.precision:
                logits = self.network(torch.from_numpy(ids))
            loss = functional.binary_cross_entropy_with_logits(logits, target)
            self.optimizer.zero_grad()
            loss.backward()
            if self.config.gradient_clip:
                nn.utils.clip_grad_norm_(self.network.parameters(), self.config.gradient_clip)
            self.optimizer.step()
            loss.item()

    def score(self, batches: Sequence[np.ndarray]) -> np.ndarray:
        """Logits, float32 (reviews,), in the order of the batches."""
        self.network.eval()
        with torch.inference_mode(), self.precision:
            return np.concatenate([self.network(torch.from_numpy(ids)).numpy() for ids in batches])


class SavedNetwork(nn.Module):
    """A saved bidirectional LSTM of one layer, that reads whole reviews, for prediction.

    Ids, int (B, T), right-padded with 0, the longest review first → logits (B,).
    """

    def __init__(self, layers: dict[str, SavedLayer], packed: bool) -> None:
        super().__init__()
        recurrent, kinds = layers["encoder_1"], layers["pooling"].options["kinds"]
        if not recurrent.options["bidirectional"] or recurrent.options["chunk_length"]:
            raise SystemExit("the PyTorch network is a bilstm that reads whole reviews")
        words = Embedding.of(layers["embedding"])
        table = words.rows(np.arange(len(words.table)))
        self.packed, self.kinds = packed, kinds
        self.embedding = nn.Embedding.from_pretrained(torch.from_numpy(table))
        parts = [recurrent.part(f"{name}/cell") for name in ("forwards", "backwards")]
        self.recurrent = nn.LSTM(
            table.shape[1], len(parts[0][1]), batch_first=True, bidirectional=True
        )
        for own, weights in zip(self.recurrent.all_weights, parts, strict=True):
            kernel, matrix, bias = (torch.from_numpy(w.astype(np.float32)) for w in weights)
            for target, value in zip(own, (kernel.T, matrix.T, bias, 0 * bias), strict=True):
                target.data.copy_(value)
        self.kernel, self.bias = map(torch.from_numpy, layers["logit"].part(""))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        mask = (ids != PADDING_ID)[..., None]
        values, lengths = self.embedding(ids), mask.sum(1)[:, 0]
        if self.packed:
            sequence = pack_padded_sequence(values, lengths, True, enforce_sorted=False)
            states, (last, _) = self.recurrent(sequence)
            values, _ = pad_packed_sequence(states, batch_first=True)
        else:
            values, (last, _) = self.recurrent(values)
        pooled = {
            "last": lambda: torch.cat([last[0], last[1]], 1),
            "max": lambda: values.masked_fill(~mask, -1e4).amax(1),
            "mean": lambda: (values * mask).sum(1) / lengths[:, None],
        }
        return (torch.cat([pooled[kind]() for kind in self.kinds], 1) @ self.kernel + self.bias)[
            :, 0
        ]
