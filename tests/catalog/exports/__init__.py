"""Taking qualifications away."""
