"""Every service of bookings refuses who may not, so that a command or a shell can do no more than a screen."""

from collections.abc import Callable, Iterator
from inspect import getmembers, isfunction, signature
from types import ModuleType
from typing import Any

import pytest

from bookings.households import services as households
from bookings.stays import services as stays
from bookings.units import services as units
from lewisham_ta.refusals import Refused
from lewisham_ta.roles import AUDITOR
from tests.factories import UserFactory

Service = Callable[..., Any]
MODULES = [households, units, *stays.MODULES]
READS = {"provider_version"}


def functions(module: ModuleType) -> Iterator[Service]:
    for name, function in getmembers(module, isfunction):
        if not name.startswith("_") and function.__module__ == module.__name__ and name not in READS:
            yield function


SERVICES = [function for module in MODULES for function in functions(module)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: f"{service.__module__}.{service.__name__}")
def test_an_auditor_is_refused_before_anything_is_looked_at(service, db):
    arguments = dict.fromkeys(signature(service).parameters)
    with pytest.raises(Refused, match="does not allow this"):
        service(**arguments | {"by": UserFactory(groups=[AUDITOR])})
