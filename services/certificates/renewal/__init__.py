"""When certificates are best renewed: a window for each, spread over what examinations can take."""
