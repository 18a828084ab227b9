"""Coupons, judged by what they change: what would be bought anyway, who redeems, and what a coupon is worth."""
