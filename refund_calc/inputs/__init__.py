"""Files in: columns, cell types, CSV, tables with every row traceable to its line."""
