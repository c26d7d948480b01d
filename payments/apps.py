from django.apps import AppConfig


class Payments(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments.leases import hooks as leases

        leases.register()
