"""What is done with a schedule: generate, decide, submit, return, sign off."""

from payments.controc.services.bridging import bridge_of
from payments.controc.services.deciding import decide
from payments.controc.services.deputies import appoint_deputy, end_deputy
from payments.controc.services.generation import Preview, discard, generate, preview
from payments.controc.services.generation import refusal as generate_refusal
from payments.controc.services.releasing import release_held
from payments.controc.services.signing import (
    above_limit,
    check_sign_off,
    handled_by,
    limit_refusal,
    may_sign,
    return_to_officer,
    sign_off,
    signing_limit,
    submit,
)

__all__ = [
    "Preview",
    "above_limit",
    "appoint_deputy",
    "bridge_of",
    "check_sign_off",
    "decide",
    "discard",
    "end_deputy",
    "generate",
    "generate_refusal",
    "handled_by",
    "limit_refusal",
    "may_sign",
    "preview",
    "release_held",
    "return_to_officer",
    "sign_off",
    "signing_limit",
    "submit",
]
