"""A provider's file to lines as billed: which heading means what, what each cell says, and what it says of itself."""
