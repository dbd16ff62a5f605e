"""A night in partitions by order: each part fits into memory, and parts can be worked on side by side."""
