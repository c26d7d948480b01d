"""Loading the team's workbooks: bytes to sheets, cells to values, rows to what would change, and the confirmation."""
