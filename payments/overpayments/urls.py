"""Addresses of overpayments."""

from django.urls import path

from payments.overpayments import views

app_name = "overpayments"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("<int:pk>/", views.case_detail, name="detail"),
    path("<int:pk>/agree/", views.agree, name="agree"),
    path("<int:pk>/recover/", views.recover, name="recover"),
    path("<int:pk>/ask-write-off/", views.ask_write_off, name="ask_write_off"),
    path("<int:pk>/write-off/", views.write_off, name="write_off"),
]
