"""Secrets are taken out of what is written down: keys, and passwords in addresses."""

import re

_KEY = re.compile(r"psi_[0-9A-Za-z]+_[\w-]+")
_BEARER = re.compile(r"(?i)\b(bearer|x-api-key)\b([\s:\"',=]+)[^\s\"',]+")
_PASSWORD = re.compile(r"(://[^/@\s:]*):[^/@\s]*@")


def redacted(text: str) -> str:
    """The text without secrets."""
    text = _KEY.sub("psi_[secret]", text)
    text = _BEARER.sub(r"\1\2[secret]", text)
    return _PASSWORD.sub(r"\1:[secret]@", text)
