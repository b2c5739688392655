"""What the services share: the request path, the event path and the published language.

Nothing here knows any service.
"""
