"""The store's tables as they came to be: one module a revision, run in order by `inventory.storage.migrate`."""
