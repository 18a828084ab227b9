"""Home: what treating customers changed, what is different today, and what somebody must look after."""
