"""Notebook 05: other ways to write what is right are accepted, other mistakes refused without a name."""

import numpy as np
import pytest
from exercise_answers import judged

from gdlib.exercises import check

torch = pytest.importorskip("torch")


pytestmark = pytest.mark.usefixtures("own_folder")


def by_matrix(w, x, y):
    X = np.column_stack([np.ones_like(x), x])
    return 2 / len(x) * X.T @ (X @ w - y)


def by_autograd(w, x, y):
    w = torch.tensor(w, requires_grad=True)
    torch.nn.functional.mse_loss(w[0] + w[1] * torch.tensor(x), torch.tensor(y)).backward()
    return w.grad


def clears_last(model, optimizer, x, y):
    torch.nn.MSELoss()(model(x), y).backward()
    optimizer.step()
    optimizer.zero_grad()


def clears_the_model(model, optimizer, x, y):
    loss = ((x @ model.weight.T + model.bias - y) ** 2).sum() / len(y)
    model.zero_grad(set_to_none=False)
    loss.backward()
    optimizer.step()
    return loss.item()


def by_absolutes(model, optimizer, x, y):
    optimizer.zero_grad()
    (model(x) - y).abs().mean().backward()
    optimizer.step()


def of_the_first_row(model, optimizer, x, y):
    clears_last(model, optimizer, x[:1], y[:1])


def detached(model, optimizer, x, y):
    optimizer.zero_grad()
    ((model(x).detach() - y) ** 2).mean().backward()
    optimizer.step()


def sums_by_all(model, optimizer, chunks):
    n = sum(len(x) for x, _ in chunks)
    for x, y in chunks:
        (((model(x) - y) ** 2).sum() / n).backward()
    optimizer.step()
    optimizer.zero_grad()


def one_backward(model, optimizer, chunks):
    optimizer.zero_grad()
    squares = [((model(x) - y) ** 2).sum() for x, y in chunks]
    (sum(squares) / sum(len(y) for _, y in chunks)).backward()
    optimizer.step()


def last_chunk_left_out(model, optimizer, chunks):
    sums_by_all(model, optimizer, chunks[:-1])


def shares_squared(model, optimizer, chunks):
    n = sum(len(y) for _, y in chunks)
    optimizer.zero_grad()
    for x, y in chunks:
        ((len(y) / n) ** 2 * ((model(x) - y) ** 2).mean()).backward()
    optimizer.step()


@pytest.mark.parametrize(
    ("name", "answer", "right"),
    [
        ("05 gradient by hand", by_matrix, True),
        ("05 gradient by hand", by_autograd, True),
        ("05 gradient by hand", lambda w, x, y: tuple(by_matrix(w, x, y)), True),
        ("05 gradient by hand", lambda w, x, y: by_matrix(w, y, x), False),
        ("05 gradient by hand", lambda w, x, y: by_matrix(w, x, y) * len(x) / 4, False),
        ("05 gradient by hand", lambda w, x, y: 2 * np.mean((w[0] + w[1] * x - y) ** 2), False),
        ("05 step", clears_last, True),
        ("05 step", clears_the_model, True),
        ("05 step", by_absolutes, False),
        ("05 step", of_the_first_row, False),
        ("05 step", detached, False),
        ("05 big step", sums_by_all, True),
        ("05 big step", one_backward, True),
        ("05 big step", last_chunk_left_out, False),
        ("05 big step", shares_squared, False),
        ("05 missing dimension", 195364, True),
        ("05 missing dimension", (torch.zeros(442, 1) - torch.zeros(442)).numel(), True),
        ("05 missing dimension", 442**2 - 1, False),
        ("05 missing dimension", 884.5, False),
        ("05 share of the last", 0.131, True),
        ("05 share of the last", 0.13, True),
        ("05 share of the last", 0.132, False),
        ("05 share of the last", 0.14, False),
        ("05 last step", 0.1, True),
        ("05 last step", 0.01 / (1 - 0.9), True),
        ("05 last step", 0.11, False),
        ("05 last step", 0.099, False),
    ],
)
def test_other_answers(name, answer, right):
    judged(answer, name, right)


def test_a_detached_loss_is_told_with_the_line():
    assert "`((model(x).detach() - y) ** 2).mean().backward()`" in str(check(detached, "05 step"))


def test_what_is_drawn_at_random_goes_on_where_it_was():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    check(clears_last, "05 step")
    assert torch.equal(torch.rand(3), expected)
