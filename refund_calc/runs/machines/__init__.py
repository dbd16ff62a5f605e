"""The tasks of a night in parts on many machines, by Dask's `distributed`: the extra `dask`."""
