"""Crosswalks: a mapping language in TOML that turns another system's rows into documents."""
