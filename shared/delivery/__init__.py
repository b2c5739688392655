"""What is delivered to others, over routes that can fail: at least once, without haste.

backoff       when a delivery is tried again
circuit       a route that fails is left alone but for a try an hour
attempts      how one try ended, and the counter of tries
mail          one letter handed to an SMTP relay
addresses     which addresses are the public Internet's
destinations  addresses that others may have something sent to
egress        one HTTPS request to such a destination, and to nothing else
webhooks      messages signed by Standard Webhooks, and what an answer means
"""
