"""What each customer should get: candidates, coupons, arrangement, explanation, learning."""
