"""The tests' own rows: however many tests ran before, none of them is what a test writes out."""

import ast
from pathlib import Path

import factory
import pytest

from tests import factories
from tests.payments.batches.factories import PaymentFactory

TESTS = Path(__file__).resolve().parent
MANY = 5_000
FACTORIES = [
    PaymentFactory,
    *(kind for kind in vars(factories).values() if isinstance(kind, type) and issubclass(kind, factory.Factory)),
]


def sequences(declarations):
    for name, declared in declarations.items():
        if isinstance(declared, factory.Sequence):
            yield name, declared.function
        elif isinstance(declared, factory.SubFactory):
            yield from sequences(declared._defaults)


@pytest.fixture(scope="module")
def written_out():
    trees = [ast.parse(path.read_text()) for path in TESTS.rglob("*.py")]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("kind", FACTORIES, ids=lambda kind: kind.__name__)
def test_no_test_writes_out_what_a_factory_makes_by_number(kind, written_out):
    for name, made in sequences(kind._meta.base_declarations):
        assert not written_out & {made(number) for number in range(MANY)}, name
        assert len({len(made(number)) for number in (0, 7, MANY)}) == 1, f"{name}: one may be found inside another"
