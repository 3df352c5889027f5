"""Disclosure control: small counts that are not published, and figures that would reveal them."""
