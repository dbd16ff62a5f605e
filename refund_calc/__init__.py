"""The refund night: returns decided by a written policy, priced to the cent, paid out and booked."""
