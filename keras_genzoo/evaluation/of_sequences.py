"""Scores of models of sequences of tokens: what `genzoo evaluate` reports of them."""

from keras_genzoo import datasets, metrics
from keras_genzoo.evaluation.measures import logged_terms
from keras_genzoo.evaluation.protocol import Score

DRAWS = 16  # latents of a sequence, at most


def sequence_metrics(model):
    """Names of what `sequence_scores` measures of a model, in its order.

    Example:
        >>> import keras_genzoo as kg
        >>> sequence_metrics(kg.models.SequenceVAE(7, 5, latent_dim=2, units=4))[3:]
        ['bound', 'log_likelihood', 'tokens', 'whole']
    """
    of_melodies = ("onsets", "onset_f1") if _is_of_melodies(model) else ()
    return [*model.logged, "bound", "log_likelihood", "tokens", "whole", *of_melodies]


def sequence_scores(model, tokens, dataset, protocol):
    """Measures a model that codes sequences of tokens.

    Args:
        model: A SequenceVAE.
        tokens: `(n, length)`, held out.
        dataset: Their name.
        protocol: A `Protocol`, of which the split, the draws and the seed are asked.

    Returns:
        A list of `Score`s: the model's losses; `bound`, of log p(x), and `log_likelihood`, by
        importance sampling, nats per sequence; and what `metrics.token_scores` says of
        reconstructions.

    Example:
        >>> import keras_genzoo as kg
        >>> model = kg.models.SequenceVAE(7, 5, latent_dim=2, units=4)
        >>> scores = sequence_scores(model, 3 * [5 * [1]], "ones", kg.evaluation.Protocol())
        >>> [score.metric for score in scores][3:]
        ['bound', 'log_likelihood', 'tokens', 'whole']
    """
    draws = min(protocol.draws, DRAWS)
    given = {"num_samples": draws, "seed": protocol.seed}
    onsets = datasets.FIRST_PITCH if _is_of_melodies(model) else None
    values = logged_terms(model, tokens, protocol.seed)
    values["bound"] = metrics.lower_bound(model, tokens, **given).mean()
    values["log_likelihood"] = metrics.log_likelihood(model, tokens, **given).mean()
    values |= metrics.token_scores(tokens, model.reconstruct(tokens), onsets)
    on = {"dataset": dataset, "split": protocol.split, "sequences": len(tokens)}
    how = dict.fromkeys(("bound", "log_likelihood"), (("draws", draws),))
    return [
        Score(name, float(values[name]), {**on, **dict(how.get(name, ())), "seed": protocol.seed})
        for name in sequence_metrics(model)
    ]


def _is_of_melodies(model):
    return model.vocabulary is None and model.vocabulary_size == datasets.MELODY_TOKENS
