"""Middleware: authentication, rate limits, time limits, security headers, problem details."""
