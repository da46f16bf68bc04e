"""Git on the host: which commit, and bringing a slot to it."""
