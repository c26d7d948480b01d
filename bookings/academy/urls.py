"""Addresses of Academy: exceptions, matches and accounts."""

from django.urls import path

from bookings.academy import views

app_name = "academy"

urlpatterns = [
    path("", views.exception_list, name="list"),
    path("matches/", views.match_list, name="match_list"),
    path("matches/<int:booking>/<int:account>/", views.match, name="match"),
    path("settled/<int:pk>/reopen/", views.reopen, name="reopen"),
    path("accounts/<path:ref>/", views.account_detail, name="account_detail"),
]
