"""The council's decision, the certificate or statement, its delivery and registry entry."""
