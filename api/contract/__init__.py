"""What server and client share: paths, media types, messages and errors."""
