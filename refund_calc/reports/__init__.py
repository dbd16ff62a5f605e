"""A decided night as named columns: each report, the record, control totals, the manifest."""
