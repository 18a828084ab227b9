"""Rules as people edit them: checked while they are written, in words, as a tree for a builder, and counted."""
