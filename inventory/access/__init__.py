"""Access: API keys, permissions, owners, and the records a key holder may see."""
