"""The people of an invoice. Imports are late: this file is read before Django is set up."""

import pytest


@pytest.fixture
def officer(db):
    from tests.factories import UserFactory

    return UserFactory(username="officer")


@pytest.fixture
def leader(db):
    from lewisham_ta import roles
    from tests.factories import UserFactory

    return UserFactory(username="leader", groups=[roles.TEAM_LEADER])
