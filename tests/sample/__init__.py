"""The two nights of data/sample/: how they are run, and what they must come to, worked out by hand."""
