"""What is done with a schedule: generate, decide, submit, return, sign off."""

from payments.controc.services.deciding import decide
from payments.controc.services.generation import Preview, discard, generate, preview
from payments.controc.services.signing import may_sign, return_to_officer, sign_off, submit, why_not_sign

__all__ = [
    "Preview",
    "decide",
    "discard",
    "generate",
    "may_sign",
    "preview",
    "return_to_officer",
    "sign_off",
    "submit",
    "why_not_sign",
]
