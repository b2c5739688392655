"""Employers' rosters: certificates that a portal watches, and the changes that it is told of."""
