"""The sample inventory, all of it synthetic."""
