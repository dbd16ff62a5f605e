"""The morning page: one night as figures, charts and words in a single HTML file, written into the night's folder."""
