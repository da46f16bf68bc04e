"""The shop's Python service: when an order arrives, what Claude advises, and receipts in S3."""
