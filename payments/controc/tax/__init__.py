"""What was withheld from non-resident landlords, quarter by quarter, for the return to HMRC."""
