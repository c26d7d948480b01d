"""What the product says when it will not do something."""


class Refused(Exception):
    """A request that breaks a rule. The message is one sentence that an officer can act on; nothing was written."""
