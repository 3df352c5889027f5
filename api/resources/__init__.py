"""The resources that are read: one module a resource."""
