"""The `psi` command line: one module a group of commands."""
