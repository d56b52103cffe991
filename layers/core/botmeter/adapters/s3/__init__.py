"""S3: the registry of bots, the quarantine, and the documents of invoices."""
