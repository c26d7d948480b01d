"""What the tests of the pages share."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def text(answer):
    return answer.content.decode()


def queries(pages, url):
    """How many queries the page makes, once what Django keeps in memory (content types) is there."""
    pages.get(url)
    with CaptureQueriesContext(connection) as context:
        assert pages.get(url).status_code == 200
    return len(context)
