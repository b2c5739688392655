"""Appointment and examination: place, time, protocol, the file sent to the council."""
