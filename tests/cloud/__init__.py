"""Inputs and OUT by URL: in the memory of the test, and in a real S3 in a process of its own."""
