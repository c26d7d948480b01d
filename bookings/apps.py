from django.apps import AppConfig


class Bookings(AppConfig):
    name = "bookings"

    def ready(self) -> None:
        from bookings.academy import hooks as academy
        from bookings.clocks import hooks as clocks
        from bookings.households import hooks as households
        from bookings.occupancy import hooks as occupancy
        from bookings.stays import hooks as stays
        from bookings.units import hooks as units

        academy.register()
        clocks.register()
        households.register()
        occupancy.register()
        stays.register()
        units.register()
