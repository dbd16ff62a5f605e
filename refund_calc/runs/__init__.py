"""One night from inbox to published folder."""
