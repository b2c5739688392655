"""Request and response bodies of the applications service.

fields     the kinds of field that the forms consist of
form       the application form
procedure  the steps of the procedure
appeals    appeals
answers    what the service answers with
"""
