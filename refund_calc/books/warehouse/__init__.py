"""Published nights in a database, for those who ask in SQL."""
