"""The law: words, versions, money, calendars, amounts, deductions, findings, each declared once."""
