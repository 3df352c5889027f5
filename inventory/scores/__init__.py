"""Scores: means, shares and their intervals, pooled from feedback."""
