"""The inbox: where events lie, durable and answered for, that come faster than they are let into the log."""

from shopkeeper.flows.inbox.clerk import Clerk, Rules, empty_inbox
from shopkeeper.flows.inbox.inbox import Inbox

__all__ = ["Clerk", "Inbox", "Rules", "empty_inbox"]
