"""Who a token stands for: local keys, JWTs of an authorization server, a library user's own way."""
