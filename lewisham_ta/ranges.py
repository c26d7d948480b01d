"""Half-open runs of days as the database's exclusion constraints see them."""

from django.db.models import Func


class Days(Func):
    """The half-open range of days between two date expressions; no end is open for ever."""

    function = "daterange"
