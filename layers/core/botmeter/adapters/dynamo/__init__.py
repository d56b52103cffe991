"""DynamoDB: the usage table (hot; raw client) and the billing table (PynamoDB models)."""
