"""Addresses of the boards and of the weekly confirmation."""

from datetime import date

from django.urls import path, register_converter

from bookings.occupancy.views import boards, lists, weeks


class Day:
    """A day in an address: 2026-11-23."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(Day, "day")

app_name = "occupancy"

urlpatterns = [
    path("", weeks.week_list, name="week_list"),
    path("tonight/", boards.tonight, name="tonight"),
    path("day/", boards.movements, name="movements"),
    path("free/", boards.gap_list, name="gap_list"),
    path("units/<int:pk>/", boards.unit_month, name="unit_month"),
    path("households/<int:pk>/", boards.household_month, name="household_month"),
    path("not-there/", weeks.absence_list, name="absence_list"),
    path("bookings/<int:pk>/<day:first_on>/correct/", weeks.correct, name="correct"),
    path("lists/<int:pk>/file/", lists.list_file, name="list_file"),
    path("lists/<int:pk>/email/", lists.list_email, name="list_email"),
    path("<day:week>/lists/", lists.lists_make, name="lists_make"),
    path("<day:week>/emails/", lists.lists_email, name="lists_email"),
    path("<int:pk>/<day:week>/", weeks.provider_week, name="provider_week"),
    path("<int:pk>/<day:week>/list/", lists.list_make, name="list_make"),
]
