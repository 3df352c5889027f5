"""Tabular input: from CSV and XLSX rows back to documents."""
