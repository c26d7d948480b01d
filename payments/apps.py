from django.apps import AppConfig


class Payments(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments.batches import hooks as batches
        from payments.leases import hooks as leases

        batches.register()
        leases.register()
