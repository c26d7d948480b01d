"""Every service refuses who may not, so that a command or a shell can do no more than a screen."""

from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import getmembers, isfunction, signature
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest

import payments.invoices.services
import payments.leases.services
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR
from payments.batches import remittances
from payments.batches import services as batches
from payments.overpayments import services as overpayments
from payments.payees import services as payees
from tests.factories import UserFactory

Service = Callable[..., Any]

PACKAGES = (payments.invoices.services, payments.leases.services)
# The helpers of those services; they are called after a service let its person in.
HELPERS = {"checking", "nights_away", "clashes"}
MODULES = [
    batches,
    remittances,
    payees,
    overpayments,
    *(
        import_module(f"{package.__name__}.{module.name}")
        for package in PACKAGES
        for module in iter_modules(package.__path__)
        if module.name not in HELPERS
    ),
]
# Those that ask nobody's role, each for a reason. One that writes and is not here must take `by` and refuse.
WITHOUT = {
    "raise_payments": "the source asks who may approve, a deputy too, who has no permission",
    "outcome_refusal": "reads",
    "make_advices": "a worker does it, for a batch that somebody with the permission sent",
    "email_waiting": "the beat does it",
    "context": "reads",
    "shown": "reads",
    "approve_refusal": "reads",
    "decide_refusal": "reads",
    "draft_of": "reads",
    "due_on": "reads",
    "handled_by": "reads",
    "is_money_only": "reads",
    "reference": "reads",
    "submit_refusal": "reads",
    "that_pass": "reads",
    "that_passes_over": "reads",
    "was_away": "reads",
}


def functions(module: ModuleType) -> Iterator[Service]:
    for name, function in getmembers(module, isfunction):
        if not name.startswith("_") and function.__module__ == module.__name__:
            yield function


SERVICES = [function for module in MODULES for function in functions(module) if function.__name__ not in WITHOUT]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: f"{service.__module__}.{service.__name__}")
def test_an_auditor_is_refused_before_anything_is_looked_at(service, db):
    arguments = dict.fromkeys(signature(service).parameters)
    with pytest.raises(Refused, match="does not allow this"):
        service(**arguments | {"by": UserFactory(groups=[AUDITOR])})


def test_the_list_of_those_that_ask_nobody_is_not_out_of_date():
    assert set(WITHOUT) <= {function.__name__ for module in MODULES for function in functions(module)}
