"""The inventory itself: records, rules, ledger, permissions and scores. Knows no files, no web and no clock."""
