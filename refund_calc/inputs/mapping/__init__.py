"""Exports that are not ours, read as they are and turned into our rows by a declared mapping."""
