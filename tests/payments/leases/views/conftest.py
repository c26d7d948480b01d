"""Who looks at the pages. Imports are late: this file is read before Django is set up."""

import pytest


@pytest.fixture
def officer(client):
    from tests.factories import UserFactory

    client.force_login(UserFactory())
    return client
