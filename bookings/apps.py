from django.apps import AppConfig


class Bookings(AppConfig):
    name = "bookings"
