"""Is this certificate valid? One, many or a job of many; pages, evidence, rate limits."""
