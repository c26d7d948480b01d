"""Addresses of bookings. A reference may contain a slash, so what follows it comes first."""

from django.urls import path

from bookings.stays.views import bookings, lists, placing, terms

app_name = "bookings"

urlpatterns = [
    path("", lists.booking_list, name="list"),
    path("find/", lists.find, name="find"),
    path("voids/", lists.void_list, name="void_list"),
    path("voids/<int:pk>/end/", terms.void_end, name="void_end"),
    path("voids/<int:pk>/withdraw/", terms.void_withdraw, name="void_withdraw"),
    path("rates/<int:pk>/correct/", terms.rate_correct, name="rate_correct"),
    path("rates/<int:pk>/withdraw/", terms.rate_withdraw, name="rate_withdraw"),
    path("sheets/<int:pk>/", terms.sheet_file, name="sheet_file"),
    path("unit/<path:unit>/book-in/", placing.book_in, name="book_in"),
    path("unit/<path:unit>/void/", terms.void_record, name="void_record"),
    path("move/<path:ref>/to/<path:unit>/", placing.move, name="move"),
    path("booking/<path:ref>/address/", bookings.open_address, name="open_address"),
    path("booking/<path:ref>/extend/", bookings.extend, name="extend"),
    path("booking/<path:ref>/depart/", bookings.depart, name="depart"),
    path("booking/<path:ref>/undo-departure/", bookings.undo_departure, name="undo_departure"),
    path("booking/<path:ref>/cancel/", bookings.cancel, name="cancel"),
    path("booking/<path:ref>/no-show/", bookings.no_show, name="no_show"),
    path("booking/<path:ref>/reinstate/", bookings.reinstate, name="reinstate"),
    path("booking/<path:ref>/rate/", terms.rate_change, name="rate_change"),
    path("booking/<path:ref>/approve-rate/", terms.approve_over_cap, name="approve_over_cap"),
    path("booking/<path:ref>/sheet/", terms.sheet_make, name="sheet_make"),
    path("booking/<path:ref>/acknowledge/", terms.acknowledge, name="acknowledge"),
    path("booking/<path:ref>/", bookings.booking_detail, name="detail"),
]
