"""Who looks at the pages. Imports are late: this file is read before Django is set up."""

import pytest


@pytest.fixture
def officer():
    from tests.factories import UserFactory

    return UserFactory()


@pytest.fixture
def pages(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def auditor_pages(client):
    from lewisham_ta.roles import AUDITOR
    from tests.factories import UserFactory

    client.force_login(UserFactory(groups=[AUDITOR]))
    return client
