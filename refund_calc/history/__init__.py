"""The published nights: folders, manifests, the record files, and the index derived from them."""
