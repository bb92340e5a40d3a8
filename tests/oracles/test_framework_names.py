"""The names and defaults on which notebooks 04 and 05 build: there, gone, or changed by a new release.

Where one fails, the frameworks have moved on and the lesson is wrong: the message says which
section to mend.
"""

import inspect
import re
from pathlib import Path

import nbformat
import pytest
from agreement import needs

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
V1_NAMES = ("minimize", "compute_gradients", "apply_gradients")
GONE = ("Session", "placeholder", "global_variables_initializer")


def prose(name):
    """All the markdown of a notebook."""
    cells = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def stated_versions(name):
    """The versions that a notebook says it was checked with, such as {"TensorFlow": "2.21"}."""
    told = re.search(r"Checked with (.*?\d)\.\s", prose(name) + "\n", flags=re.DOTALL)
    return dict(re.findall(r"(\w+) (\d+\.\d+)", told[1])) if told else {}


def default(function, name):
    """The default of a parameter; `inspect.Parameter.empty` where it has none."""
    return inspect.signature(function).parameters[name].default


def refuses(error, function, *args, **options):
    """True where the call raises `error`."""
    try:
        function(*args, **options)
    except error:
        return True
    return False


def v1_step(tf):
    """What the classic optimizer gives in a graph: minimize, pairs, variable, apply, the answer of a run."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        w = v1.get_variable("w", initializer=tf.constant(1.0, tf.float64))
        optimizer = v1.train.GradientDescentOptimizer(0.125)
        train = optimizer.minimize(w * w)
        pairs = optimizer.compute_gradients(w * w)
        apply = optimizer.apply_gradients(pairs)
        session.run(v1.global_variables_initializer())
        return train, pairs, w, apply, session.run(train)


def v1_moves_by(tf, rate):
    """How far the classic optimizer moves a float64 weight of 0 whose slope is 1."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        w = v1.get_variable("w", initializer=tf.constant(0.0, tf.float64))
        train = v1.train.GradientDescentOptimizer(rate).minimize(w)
        session.run(v1.global_variables_initializer())
        session.run(train)
        return -session.run(w)


def is_valueless(tf, operation):
    return isinstance(operation, tf.Operation) and operation.outputs == []


def rate_under(tf, floatx):
    """The dtype in which Keras' SGD keeps its rate."""
    before = tf.keras.config.floatx()
    tf.keras.config.set_floatx(floatx)
    try:
        return tf.keras.optimizers.SGD(0.01).learning_rate.dtype
    finally:
        tf.keras.config.set_floatx(before)


def refuses_a_stranger(tf):
    """A Keras optimizer takes no variable but those it met first."""
    slope, w, stranger = tf.constant(1.0), tf.Variable(1.0), tf.Variable(1.0)
    optimizer = tf.keras.optimizers.SGD(0.125)
    optimizer.apply([slope], [w])
    return w.numpy() == 0.875 and refuses(ValueError, optimizer.apply, [slope], [stranger])


def reported_loss_is_of_before(tf):
    """After one full batch `fit` reports the loss of the weights that it started from."""
    model = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=tf.keras.optimizers.SGD(0.125), loss="mse")
    one = tf.ones((1, 1))
    return model.fit(one, one, batch_size=1, verbose=0).history["loss"] == [1.0]


TENSORFLOW = {  # what section N of 04_tensorflow says: (N, does it hold?)
    "tf.compat.v1.train.GradientDescentOptimizer is there, with minimize, compute_gradients and "
    "apply_gradients": (
        2,
        lambda tf: all(hasattr(tf.compat.v1.train.GradientDescentOptimizer, name) for name in V1_NAMES),
    ),
    "in a graph minimize gives an Operation, which has no value": (
        2,
        lambda tf: is_valueless(tf, v1_step(tf)[0]) and v1_step(tf)[4] is None,
    ),
    "compute_gradients gives a list of (gradient, variable) pairs": (
        3,
        lambda tf: (lambda pairs, w: type(pairs) is list and len(pairs) == 1 and pairs[0][1] is w)(
            *v1_step(tf)[1:3]
        ),
    ),
    "apply_gradients gives an Operation, which has no value": (
        3,
        lambda tf: is_valueless(tf, v1_step(tf)[3]),
    ),
    "the classic class keeps its rate in float32": (
        3,
        lambda tf: v1_moves_by(tf, 0.01) == 0.009999999776482582,
    ),
    "Keras' SGD keeps its rate in float32": (
        4,
        lambda tf: rate_under(tf, "float32") == "float32",
    ),
    "tf.train.GradientDescentOptimizer is gone": (
        4,
        lambda tf: not hasattr(tf.train, "GradientDescentOptimizer"),
    ),
    "tf.Session, tf.placeholder and tf.global_variables_initializer are gone, and live in tf.compat.v1": (
        4,
        lambda tf: all(hasattr(tf.compat.v1, name) and not hasattr(tf, name) for name in GONE),
    ),
    "tf.keras.optimizers.SGD has no minimize": (
        4,
        lambda tf: not hasattr(tf.keras.optimizers.SGD, "minimize"),
    ),
    "tf.keras.optimizers.SGD has no compute_gradients": (
        4,
        lambda tf: not hasattr(tf.keras.optimizers.SGD, "compute_gradients"),
    ),
    "tf.keras.optimizers.SGD has apply_gradients and apply": (
        4,
        lambda tf: all(hasattr(tf.keras.optimizers.SGD, name) for name in ("apply_gradients", "apply")),
    ),
    "the rate of tf.keras.optimizers.SGD is 0.01 by default": (
        4,
        lambda tf: default(tf.keras.optimizers.SGD, "learning_rate") == 0.01,
    ),
    "the classic class has no default rate": (
        4,
        lambda tf: refuses(TypeError, tf.compat.v1.train.GradientDescentOptimizer),
    ),
    "one Keras optimizer serves one set of variables": (4, refuses_a_stranger),
    "Keras computes in float32 unless told otherwise": (
        5,
        lambda tf: tf.keras.config.floatx() == "float32",
    ),
    'set_floatx("float64") takes the rate along': (
        5,
        lambda tf: rate_under(tf, "float64") == "float64",
    ),
    "the loss that fit reports is that of before the step": (5, reported_loss_is_of_before),
}


def weight(torch, value=1.0):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def backward_adds(torch):
    w = weight(torch)
    (w * w).backward()
    (w * w).backward()
    return w.grad.item() == 4


def none_is_passed_over(torch):
    """Under momentum a weight without a gradient stays, one with a gradient of zero coasts."""
    w = weight(torch)
    optimizer = torch.optim.SGD([w], lr=0.125, momentum=0.5)
    (w * w).backward()
    optimizer.step()
    places = [w.item()]
    for to_none in (True, False):
        w.grad = torch.zeros_like(w)
        optimizer.zero_grad(set_to_none=to_none)
        optimizer.step()
        places.append(w.item())
    return places == [0.75, 0.75, 0.625]


def first_buffer_is_undamped(torch):
    w = weight(torch)
    optimizer = torch.optim.SGD([w], lr=0.125, momentum=0.5, dampening=0.5)
    (w * w).backward()
    optimizer.step()
    return w.item() == 1 - 0.125 * 2


def decay_is_added_to_the_slope(torch):
    w = weight(torch)
    optimizer = torch.optim.SGD([w], lr=0.125, momentum=0.5, weight_decay=0.5)
    (w * w).backward()
    optimizer.step()
    return optimizer.state[w]["momentum_buffer"].item() == 2.5


def refused_nesterov(torch):
    sgd, w = torch.optim.SGD, [weight(torch)]
    return refuses(ValueError, sgd, w, lr=0.1, nesterov=True) and refuses(
        ValueError, sgd, w, lr=0.1, nesterov=True, momentum=0.9, dampening=0.5
    )


PYTORCH = {  # what section N of 05_pytorch says: (N, does it hold?)
    "the rate of torch.optim.SGD is 1e-3 by default": (
        1,
        lambda torch: default(torch.optim.SGD, "lr") == 1e-3,
    ),
    "model.parameters() gives the model's own tensors, weight and bias": (
        1,
        lambda torch: [name for name, _ in torch.nn.Linear(1, 1).named_parameters()] == ["weight", "bias"],
    ),
    "a gradient is None before the first backward()": (
        1,
        lambda torch: weight(torch).grad is None,
    ),
    "the rate is kept as a Python number": (
        3,
        lambda torch: torch.optim.SGD([weight(torch)], lr=0.01).param_groups[0]["lr"] == 0.01,
    ),
    "weights are float32 unless asked otherwise": (
        3,
        lambda torch: torch.nn.Linear(1, 1).weight.dtype == torch.float32,
    ),
    "backward() adds to .grad": (4, backward_adds),
    "momentum=1 is allowed": (
        4,
        lambda torch: not refuses(ValueError, torch.optim.SGD, [weight(torch)], lr=0.1, momentum=1.0),
    ),
    "zero_grad(set_to_none=True) is the default": (
        5,
        lambda torch: default(torch.optim.SGD.zero_grad, "set_to_none") is True,
    ),
    "a weight whose gradient is None is passed over, one with a gradient of zero is not": (
        5,
        none_is_passed_over,
    ),
    "a DataLoader does not shuffle by default": (
        6,
        lambda torch: not default(torch.utils.data.DataLoader, "shuffle"),
    ),
    "a DataLoader keeps the short last batch by default": (
        6,
        lambda torch: default(torch.utils.data.DataLoader, "drop_last") is False,
    ),
    "SGD has momentum, dampening, weight_decay and nesterov, all off by default": (
        7,
        lambda torch: (
            not any(
                default(torch.optim.SGD, name)
                for name in ("momentum", "dampening", "weight_decay", "nesterov")
            )
        ),
    ),
    "the first velocity is the undamped slope": (7, first_buffer_is_undamped),
    "weight decay is added to the slope, before the momentum": (7, decay_is_added_to_the_slope),
    "Nesterov needs momentum, without dampening": (7, refused_nesterov),
}


def tell(notebook, claims, claim, framework):
    """Fail with the section to mend where a claim no longer holds."""
    section, holds = claims[claim]
    assert holds(framework), (
        f'{notebook}, section {section}: "{claim}" is not so in version {framework.__version__} '
        f"(the notebook was checked with {stated_versions(notebook)}). Mend the lesson there."
    )


@pytest.mark.parametrize("claim", TENSORFLOW)
def test_tensorflow_is_as_notebook_04_says(claim):
    tell("04_tensorflow", TENSORFLOW, claim, needs("tensorflow_paths").tf)


@pytest.mark.parametrize("claim", PYTORCH)
def test_pytorch_is_as_notebook_05_says(claim):
    tell("05_pytorch", PYTORCH, claim, needs("torch"))


@pytest.mark.parametrize(
    ("notebook", "names"), [("04_tensorflow", {"TensorFlow", "Keras"}), ("05_pytorch", {"PyTorch"})]
)
def test_the_notebooks_state_what_they_were_checked_with(notebook, names):
    assert set(stated_versions(notebook)) == names


@pytest.mark.parametrize(("notebook", "claims"), [("04_tensorflow", TENSORFLOW), ("05_pytorch", PYTORCH)])
def test_the_sections_to_mend_exist(notebook, claims):
    text = prose(notebook)
    assert [n for n, _ in claims.values() if f"\n## {n}. " not in text] == []


def test_a_broken_claim_names_its_section():
    claims = {"the moon is made of cheese": (3, lambda framework: False)}
    with pytest.raises(AssertionError, match=r"05_pytorch, section 3: .*cheese.*PyTorch.*Mend the lesson"):
        tell("05_pytorch", claims, "the moon is made of cheese", pytest)
