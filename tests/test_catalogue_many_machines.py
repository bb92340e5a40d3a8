"""Notebook 09: other ways to write what is right are accepted, other mistakes refused without a name."""

import numpy as np
import pytest
from exercise_answers import judged, rows_of

pytestmark = pytest.mark.usefixtures("own_folder")


def combine_by_loop(means, sizes):
    total = 0
    for mean, size in zip(means, sizes, strict=True):
        total = total + size * mean
    return total / sum(sizes)


def combine_average(means, sizes):
    return np.average(means, axis=0, weights=sizes)


def combine_root(means, sizes):
    return np.sqrt(sizes) @ means / np.sqrt(sizes).sum()


def sampler_by_cards(n, k):
    hands, row = [[] for _ in range(k)], 0
    while row < n or len(hands[row % k]) < len(hands[0]):
        hands[row % k].append(row % n)
        row += 1
    return hands


def sampler_table(n, k):
    return np.resize(np.arange(n), (-(-n // k), k)).T


def sampler_backwards(n, k):
    return [rows[::-1] for rows in sampler_by_cards(n, k)]


def round_at_once(gradients, w, rate, steps):
    places = [w.copy() for _ in gradients]
    for _ in range(steps):
        places = [place - rate * gradient(place) for place, gradient in zip(places, gradients, strict=True)]
    return sum(places) / len(places)


def round_median(gradients, w, rate, steps):
    places = [w] * len(gradients)
    for _ in range(steps):
        places = [place - rate * gradient(place) for place, gradient in zip(places, gradients, strict=True)]
    return np.max(places, axis=0)


def late_with_a_queue(gradient, w, rate, delay, steps):
    known, path = [w] * (delay + 1), [w]
    for _ in range(steps):
        w = w - rate * gradient(known.pop(0))
        known.append(w)
        path.append(w)
    return path


def late_by_half(gradient, w, rate, delay, steps):
    path = [w]
    for t in range(steps):
        old = (path[-1] + path[max(t - delay, 0)]) / 2
        path.append(path[-1] - rate * gradient(old))
    return path


RIGHT = {
    "09 combine": [combine_by_loop, combine_average],
    "09 sampler": [sampler_by_cards, sampler_table],
    "09 bytes": [175, 175.0, lambda: 1.75e8 / 1e6],
    "09 local round": [round_at_once],
    "09 late": [late_with_a_queue],
}
WRONG = {
    "09 combine": [combine_root],
    "09 sampler": [sampler_backwards],
    "09 bytes": [190, 1.75],
    "09 local round": [round_median],
    "09 late": [late_by_half],
}


@pytest.mark.parametrize(("answer", "name"), rows_of(RIGHT))
def test_another_way_is_right(answer, name):
    judged(answer, name, right=True)


@pytest.mark.parametrize(("answer", "name"), rows_of(WRONG))
def test_another_mistake_is_refused_without_a_name(answer, name):
    judged(answer, name, right=False)
