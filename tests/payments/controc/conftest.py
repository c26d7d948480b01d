"""The people of a month. Imports are late: this file is read before Django is set up."""

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


@pytest.fixture
def close(officer, leader):
    """Generate a month, decide whatever is open, and sign it off."""
    from tests.payments.controc import helpers

    def close(month, number=0, now=helpers.NOW):
        schedule = helpers.submitted(month, number, by=officer, now=now)
        helpers.decide_all(schedule, by=leader, now=now)
        return helpers.sign_off(schedule, by=leader, now=now)

    return close
