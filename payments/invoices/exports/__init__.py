"""What leaves this room: the checks of a month, what is expected and missing, the accrual."""
