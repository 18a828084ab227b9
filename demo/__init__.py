"""The demo: the whole loop on a real grocery chain's year, through the same flows, commands and API as any shop."""
