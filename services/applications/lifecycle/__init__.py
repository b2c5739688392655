"""How an application goes from submission to a certificate, and by which rules. No I/O.

status        the states, who acts in them, and the transitions
rules         what must hold for a step that the state allows
requirements  the check of documents against a qualification's rule tree
"""
