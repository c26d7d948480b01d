"""Addresses of clocks and of the notices that stop one."""

from django.urls import path

from bookings.clocks import views

app_name = "clocks"

urlpatterns = [
    path("", views.clock_list, name="list"),
    path("section-208/<int:pk>/", views.notice, name="notice"),
    path("section-208/<int:pk>/withdraw/", views.notice_withdraw, name="notice_withdraw"),
]
