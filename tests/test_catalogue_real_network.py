"""The exercises of notebook 08: other right answers are accepted, unknown mistakes are not named."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib.exercises import check

pytestmark = pytest.mark.usefixtures("own_folder")


def softmax_by_rows(scores):
    rows = []
    for row in scores:
        powers = [np.exp(score - max(row)) for score in row]
        rows.append([power / sum(powers) for power in powers])
    return rows


def softmax_by_logarithms(scores):
    return np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))


def softmax_to_base_2(scores):
    powers = 2.0 ** (scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_of_sizes(scores):
    return softmax_by_logarithms(np.abs(scores))


def backward_by_rows(X, Y, B, hidden, predicted):
    by_A, by_B = np.zeros((X.shape[1], len(B))), np.zeros(B.shape)
    for x, y, units, shares in zip(X, Y, hidden, predicted, strict=True):
        error = shares - y
        by_B += np.outer(units, error) / len(X)
        by_A += np.outer(x, (1 - units**2) * (B @ error)) / len(X)
    return by_A, by_B


def backward_by_cosh(X, Y, B, hidden, predicted):
    slope = 1 / np.cosh(np.arctanh(hidden)) ** 2
    error = predicted - Y
    return X.T @ ((error @ B.T) * slope) / len(X), hidden.T @ error / len(X)


def backward_as_a_list(*given):
    return list(backward_by_rows(*given))


def backward_in_place(X, Y, B, hidden, predicted):
    predicted -= Y
    predicted /= len(X)
    return X.T @ (predicted @ B.T * (1 - hidden**2)), hidden.T @ predicted


def softmax_in_place(scores):
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def softmax_by_the_last(scores):
    powers = np.exp(scores - scores[:, -1:])
    return powers / powers.sum(axis=1, keepdims=True)


def backward_of_first_row(X, Y, B, hidden, predicted):
    return backward_by_rows(X[:1], Y[:1], B, hidden[:1], predicted[:1])


def backward_of_a_sigmoid(X, Y, B, hidden, predicted):
    error = (predicted - Y) / len(X)
    return X.T @ (error @ B.T * hidden * (1 - hidden)), hidden.T @ error


def stop_by_slices(losses, patience):
    for end in range(patience, len(losses)):
        if min(losses[end - patience + 1 : end + 1]) >= min(losses[: end - patience + 1]):
            return int(np.argmin(losses[: end + 1]))
    return int(np.argmin(losses))


def stop_by_count(losses, patience):
    lowest, best, waited = losses[0], 0, 0
    for epoch in range(1, len(losses)):
        waited += 1
        if losses[epoch] < lowest:
            lowest, best, waited = losses[epoch], epoch, 0
        if waited == patience:
            return best
    return best


def stop_never_at_the_first(losses, patience):
    best = 1
    for epoch in range(1, len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def stop_at_the_end_or(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch - best >= patience:
            return best
    return len(losses) - 1


def stop_by_a_gain(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best] - 0.01:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


def stop_at_the_highest(losses, patience):
    return int(np.argmax(losses))


def stop_one_before(losses, patience):
    return max(stop_by_count(losses, patience) - 1, 0)


def curvature_divided_last(gradient, w, v, rounds, h=1e-4):
    for turn in range(rounds):
        bent = gradient(w + h * v) - gradient(w - h * v)
        if turn == rounds - 1:
            return bent @ v / (2 * h), bent / np.sqrt(bent @ bent)
        v = bent / np.sqrt(bent @ bent)


def curvature_by_normalising_first(gradient, w, v, rounds, h=1e-4):
    for _ in range(rounds):
        v = v / np.linalg.norm(v)
        bent = (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)
        curvature, v = sum(v * bent), bent
    return curvature, v / np.linalg.norm(v)


def curvature_along_v_squared(gradient, w, v, rounds, h=1e-4):
    curvature, v = curvature_divided_last(gradient, w, v, rounds, h)
    return curvature**2, v


def curvature_alone(gradient, w, v, rounds, h=1e-4):
    return curvature_divided_last(gradient, w, v, rounds, h)[0]


def curvature_and_the_other_way(gradient, w, v, rounds, h=1e-4):
    curvature, v = curvature_divided_last(gradient, w, v, rounds, h)
    return curvature, -v


def mean_curvature(gradient, w, v, rounds, h=1e-4):
    axes = h * np.eye(len(w))
    return np.mean([(gradient(w + a) - gradient(w - a)) @ a / (2 * h * h) for a in axes]), v


@pytest.mark.parametrize(
    ("name", "answer", "right"),
    [
        ("08 softmax", softmax_by_rows, True),
        ("08 softmax", softmax_by_logarithms, True),
        ("08 softmax", softmax_to_base_2, False),
        ("08 softmax", softmax_in_place, False),
        ("08 softmax", softmax_by_the_last, False),
        ("08 backward", backward_as_a_list, True),
        ("08 backward", backward_in_place, False),
        ("08 stop", stop_never_at_the_first, False),
        ("08 stop", stop_at_the_end_or, False),
        ("08 stop", stop_by_a_gain, False),
        ("08 softmax", softmax_of_sizes, False),
        ("08 backward", backward_by_rows, True),
        ("08 backward", backward_by_cosh, True),
        ("08 backward", backward_of_first_row, False),
        ("08 backward", backward_of_a_sigmoid, False),
        ("08 stop", stop_by_slices, True),
        ("08 stop", stop_by_count, True),
        ("08 stop", stop_at_the_highest, False),
        ("08 stop", stop_one_before, False),
        ("08 curvature", curvature_divided_last, True),
        ("08 curvature", curvature_by_normalising_first, True),
        ("08 curvature", curvature_along_v_squared, False),
        ("08 curvature", mean_curvature, False),
        ("08 curvature", curvature_alone, False),
        ("08 curvature", curvature_and_the_other_way, False),
        ("08 momentum", 4.5, True),
        ("08 momentum", 3.6 / 0.8, True),
        ("08 momentum", 4.4, False),
        ("08 momentum", 9.0, False),
    ],
)
def test_other_answers(name, answer, right):
    judged(answer, name, right)


def test_what_is_no_number_is_named():
    assert "nan is no number" in str(check(softmax_by_the_last, "08 softmax"))


def test_what_is_changed_in_place_is_told():
    assert "in place" in str(check(backward_in_place, "08 backward"))


def test_large_scores_are_told_with_what_helps():
    report = check(lambda scores: np.exp(scores) / np.exp(scores).sum(axis=1)[:, None], "08 softmax")
    assert report.mistake == "overflow" and "largest score" in str(report)
