"""What limits count with: token buckets and circuit breakers."""
