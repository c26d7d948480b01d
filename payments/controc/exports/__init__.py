"""What leaves the building of a schedule: the frozen pack, and plain CSV files for other programs."""

from payments.controc.exports.pack import pack
from payments.controc.exports.plain import plain_files

__all__ = ["pack", "plain_files"]
