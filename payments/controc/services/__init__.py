"""What is done with a schedule: generate, decide, submit, return, sign off."""

from payments.controc.services.generation import discard, generate, preview

__all__ = ["discard", "generate", "preview"]
