"""Addresses of households. A reference may contain a slash, so what follows it comes first."""

from django.urls import path

from bookings.households import views

app_name = "households"

urlpatterns = [
    path("", views.household_list, name="list"),
    path("add/", views.household_add, name="add"),
    path("changes/", views.circumstance_list, name="circumstance_list"),
    path("changes/<int:pk>/pass-on/", views.pass_on, name="pass_on"),
    path("people/<int:pk>/change/", views.member_change, name="member_change"),
    path("people/<int:pk>/remove/", views.member_remove, name="member_remove"),
    path("household/<path:ref>/change/", views.household_change, name="change"),
    path("household/<path:ref>/person/", views.member_add, name="member_add"),
    path("household/<path:ref>/log/", views.circumstance_record, name="circumstance_record"),
    path("household/<path:ref>/", views.household_detail, name="detail"),
]
