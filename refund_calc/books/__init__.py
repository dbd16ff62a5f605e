"""Readers of published nights, outward: journals for other books, payment instructions, and whether the money moved."""
