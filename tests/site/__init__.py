"""Every page of the site in every state, for everybody, in both languages.

One list of views (`views`) is opened, and from there every link is followed and every form is sent
(`crawler`). All services answer in this process, at one address, as the gateway's table leads.
"""
