"""Inputs and OUT by fsspec URL: a local mirror of a folder in a store, and how a night comes to exist there."""
