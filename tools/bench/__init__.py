"""What watching panels costs, measured beside other ways to read the same."""
