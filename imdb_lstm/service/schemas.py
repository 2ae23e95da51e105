"""The bodies of requests and answers, as they are documented in OpenAPI."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from imdb_lstm.service.limits import MOST_CHARACTERS, MOST_NAME, MOST_TEXTS

REVIEWS = ["A joy from start to finish.", "What a waste of a good cast."]
PROBABILITIES = {"negative": 0.0045, "positive": 0.9955}
WORDS = [
    {"token": "joy", "start": 2, "end": 5, "kind": "known", "contribution": 2.4},
]

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Name = Annotated[str, Field(max_length=MOST_NAME)]
RUN = "One of `/v1/runs`; by default the first."


class Strict(BaseModel):
    """A body of a request: no other fields, and no values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PredictRequest(Strict):
    """Texts to classify."""

    texts: list[Text] = Field(min_length=1, max_length=MOST_TEXTS, examples=[REVIEWS])
    run: Name | None = Field(None, description=RUN, examples=["shipped"])


class ExplainRequest(Strict):
    """One text to explain."""

    text: Text = Field(examples=REVIEWS[:1])
    run: Name | None = Field(None, description=RUN, examples=["shipped"])
    of: Name | None = Field(
        None,
        description="Class to explain. By default the second of two classes; of more, the "
        "predicted one.",
        examples=["positive"],
    )
    against: Name | None = Field(
        None,
        description="Class to compare it with. By default the most probable other one.",
        examples=["negative"],
    )


class Score(BaseModel):
    """What a run says of a text."""

    probabilities: dict[str, float] = Field(
        description="Of each class; they sum to 1.", examples=[PROBABILITIES]
    )
    verdict: str = Field(
        description='The name of the predicted class, or "unsure" where the run abstains.',
        examples=["positive"],
    )
    unknown_share: float = Field(
        description="Share of words that the run does not know; at 1 the probabilities say "
        "nothing.",
        examples=[0.0],
    )
    cut: bool = Field(
        description="Whether the text is longer than the run reads; its middle is then left out.",
        examples=[False],
    )


class PredictAnswer(BaseModel):
    """A score for each text, in their order."""

    run: str = Field(examples=["shipped"])
    predictions: list[Score]


class Word(BaseModel):
    """A token as the run reads it, and what it contributes to the logit."""

    token: str
    start: int = Field(description="Where it starts in `text`.")
    end: int
    kind: str = Field(description="known, unknown, or left out of a text that is too long.")
    contribution: float | None = Field(description="null for a word that is left out.")


class ExplainAnswer(Score):
    """The score of a text, and the contribution of each word to it."""

    run: str = Field(examples=["shipped"])
    of: str = Field(description="Contributions above zero speak for it.", examples=["positive"])
    against: str = Field(examples=["negative"])
    method: str = Field(
        description="integrated_gradients; of an n-gram classifier ngram_weights.",
        examples=["integrated_gradients"],
    )
    logit: float = Field(description="Of the class, less that of the other.", examples=[5.4])
    baseline_logit: float = Field(
        description="That of a text of as many unknown words. The contributions sum to the "
        "difference of both logits.",
        examples=[0.2],
    )
    text: str = Field(
        description="The text, shortened where it is very long.", examples=REVIEWS[:1]
    )
    words: list[Word] = Field(examples=[WORDS])
    omitted_words: int = Field(
        description="Words of a long text that are not listed.", examples=[0]
    )


class RunAbout(BaseModel):
    """A run that is served."""

    name: str = Field(examples=["shipped"])
    classes: list[str] = Field(examples=[["negative", "positive"]])
    encoder: str = Field(examples=["bilstm"])
    parameters: int | None = Field(examples=[8075009])
    maximum_length: int = Field(description="Tokens that it reads.", examples=[400])
    validation_accuracy: float | None = Field(examples=[0.9428])
    created: str = Field(examples=["2026-11-26T09:54:37+00:00"])
    abstains: bool = Field(description='Whether a verdict can be "unsure".', examples=[False])


class RunsAnswer(BaseModel):
    """The runs that are served, the default one first."""

    runs: list[RunAbout]


class Problem(BaseModel):
    """Why there is no answer, in one line."""

    error: str = Field(examples=["too many texts are waiting: try again later"])
