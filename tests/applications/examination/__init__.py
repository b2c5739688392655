"""Appointment, examination, dispatch to the council."""
