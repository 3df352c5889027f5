"""What a public service and a quarter of feedback are: codes, records, rules, ledger and store."""
