from django.apps import AppConfig


class Payments(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments.batches import hooks as batches
        from payments.controc import hooks as controc
        from payments.invoices import hooks as invoices
        from payments.leases import hooks as leases
        from payments.overpayments import hooks as overpayments
        from payments.payees import hooks as payees

        batches.register()
        controc.register()
        invoices.register()
        leases.register()
        overpayments.register()
        payees.register()
