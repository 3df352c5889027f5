"""Other systems' files: matching of organizations, services and ids, and counts of survey responses."""
