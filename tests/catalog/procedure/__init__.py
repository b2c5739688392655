"""From a draft to publication and withdrawal."""
