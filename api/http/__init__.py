"""Building blocks of requests and responses: parameters, preconditions, lists, downloads."""
