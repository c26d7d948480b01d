"""Every service of bookings refuses who may not, so that a command or a shell can do no more than a screen."""

from collections.abc import Callable, Iterator
from inspect import getmembers, isfunction, signature
from types import ModuleType
from typing import Any

import pytest

from bookings.households import services as households
from bookings.units import services as units
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR, CENTRAL_FINANCE
from tests.factories import UserFactory

Service = Callable[..., Any]
MODULES = [households, units]
# What a reader may do is asked of those who may not even read.
FOR_READERS = {"open_address"}
READS = {"provider_version"}


def functions(module: ModuleType) -> Iterator[Service]:
    for name, function in getmembers(module, isfunction):
        if not name.startswith("_") and function.__module__ == module.__name__ and name not in READS:
            yield function


SERVICES = [function for module in MODULES for function in functions(module)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: f"{service.__module__}.{service.__name__}")
def test_who_may_not_is_refused_before_anything_is_looked_at(service, db):
    role = CENTRAL_FINANCE if service.__name__ in FOR_READERS else AUDITOR
    arguments = dict.fromkeys(signature(service).parameters)
    with pytest.raises(Refused, match="does not allow this"):
        service(**arguments | {"by": UserFactory(groups=[role])})
