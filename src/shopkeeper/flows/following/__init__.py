"""Following: whatever follows the log is brought up to it, while the shop is served."""

from shopkeeper.flows.following.follower import Follower
from shopkeeper.flows.following.history import followed_upto, offline_history, pass_over
from shopkeeper.flows.following.leasing import Leasing
from shopkeeper.flows.following.redemptions import redemptions
from shopkeeper.flows.following.run import READER, Led

__all__ = ["READER", "Follower", "Leasing", "Led", "followed_upto", "offline_history", "pass_over", "redemptions"]
