"""How columns are held: arrays, groups, text order, dictionary columns, work on all cores. Knows nothing of refunds."""
