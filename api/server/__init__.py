"""The server process: settings, store, logs, concurrency, doctor."""
