"""Did the money move? Our payouts against the reports of the processors that made them."""
