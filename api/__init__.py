"""The service: settings, web application, pages and command line."""
