from django.apps import AppConfig


class Bookings(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from bookings.clocks import hooks as clocks

        clocks.register()
