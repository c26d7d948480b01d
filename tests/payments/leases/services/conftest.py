"""Who acts, and when. Imports are late: this file is read before Django is set up."""

import pytest


@pytest.fixture
def acts():
    from tests.factories import UserFactory
    from tests.payments.leases.services.helpers import NOW

    return {"by": UserFactory(), "now": NOW}
