"""Tonight: matching, what history knows of tonight's keys, resolutions, stages A to E, pricing, payouts."""
