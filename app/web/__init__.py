"""What every HTTP face shares: problems, strict bodies and queries, conditional requests, middleware, metrics, logs."""
