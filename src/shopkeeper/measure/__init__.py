"""Whether it worked: lift with intervals, ranking metrics, what a coupon changed."""
