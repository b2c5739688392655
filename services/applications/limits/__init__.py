"""The limits of law: begun and met by events of the procedure, watched by a scan."""
