"""The path that PyTorch takes: its own losses, its own derivative, its own optimizer."""

import numpy as np
import torch

torch.set_num_threads(1)  # a step is so small that a second thread only waits for the first

LOSSES = {
    "linear": torch.nn.functional.mse_loss,
    "logistic": torch.nn.functional.binary_cross_entropy_with_logits,
}


def torch_path(model, X, y, start, rate, batches, optimizer="SGD", schedule=None, **settings):
    """The weights before the first and after each step, (steps + 1, d).

    Args:
        model: "linear" or "logistic".
        optimizer: its name in torch.optim; settings: its own, but for the rate.
        schedule: function of the optimizer that gives a torch.optim.lr_scheduler, stepped once a step.
    """
    X, y, w = torch.tensor(X), torch.tensor(y), torch.tensor(start, requires_grad=True)
    optimizer = getattr(torch.optim, optimizer)([w], lr=rate, **settings)
    scheduler = schedule(optimizer) if schedule else None
    path = [w.detach().numpy().copy()]
    for rows in batches:
        optimizer.zero_grad()
        LOSSES[model](X[rows] @ w, y[rows]).backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


def torch_rates(rate, steps, schedule):
    """The learning rate at each of `steps` steps, as a scheduler of torch sets it."""
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    w.grad = torch.zeros_like(w)
    optimizer = torch.optim.SGD([w], lr=rate)
    scheduler = schedule(optimizer)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)
