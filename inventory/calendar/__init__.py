"""Fiscal quarters, due dates and deadline statuses, in Washington's days."""
