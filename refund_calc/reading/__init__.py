"""Readers of published nights, for people."""
