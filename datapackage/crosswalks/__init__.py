"""Crosswalks that ship: one TOML file a source, and the forms of awkward cells."""
