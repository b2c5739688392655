"""Languages: catalogues, the words of one, and the one that a browser asks for."""
