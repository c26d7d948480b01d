"""Who acts. Imports are late: this file is read before Django is set up."""

import pytest


@pytest.fixture
def officer():
    from tests.factories import UserFactory

    return UserFactory()


@pytest.fixture
def leader():
    from lewisham_ta.roles import TEAM_LEADER
    from tests.factories import UserFactory

    return UserFactory(groups=[TEAM_LEADER])
