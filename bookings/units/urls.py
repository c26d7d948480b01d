"""Addresses of units and providers. A reference may contain a slash, so what follows it comes first."""

from django.urls import path

from bookings.units import views

app_name = "units"

urlpatterns = [
    path("", views.unit_list, name="list"),
    path("add/", views.unit_add, name="add"),
    path("caps/", views.cap_list, name="cap_list"),
    path("caps/set/", views.cap_set, name="cap_set"),
    path("caps/<int:pk>/withdraw/", views.cap_withdraw, name="cap_withdraw"),
    path("rates/<int:pk>/withdraw/", views.rate_withdraw, name="rate_withdraw"),
    path("providers/", views.provider_list, name="provider_list"),
    path("providers/add/", views.provider_add, name="provider_add"),
    path("provider/<path:ref>/change/", views.provider_change, name="provider_change"),
    path("provider/<path:ref>/", views.provider_detail, name="provider_detail"),
    path("unit/<path:ref>/change/", views.unit_change, name="change"),
    path("unit/<path:ref>/rate/", views.rate_set, name="rate_set"),
    path("unit/<path:ref>/", views.unit_detail, name="detail"),
]
