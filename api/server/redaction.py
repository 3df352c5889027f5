"""Secrets are taken out of what is written down: keys, and passwords in addresses."""

import re

_KEY = re.compile(r"psi_[0-9a-f]{4,}_[\w-]{4,}")
_BEARER = re.compile(r"(?i)\b(bearer|x-api-key)\b([\s:\"',=]+)[^\s\"',]+")
_HINTS = ("psi_", "bearer", "x-api-key", "://")
_PASSWORD = re.compile(r"(://[^/@\s:]*):[^/@\s]*@")


def without_keys(text: str) -> str:
    """The text without keys of ours."""
    return _KEY.sub("psi_[secret]", text)


def redacted(text: str) -> str:
    """The text without secrets."""
    plain = text.lower()
    if not any(hint in plain for hint in _HINTS):
        return text
    text = _BEARER.sub(r"\1\2[secret]", without_keys(text))
    return _PASSWORD.sub(r"\1:[secret]@", text)
