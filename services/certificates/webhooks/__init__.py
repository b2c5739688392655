"""Webhooks: events of rosters sent to a portal's own addresses, in order, until they are taken."""
