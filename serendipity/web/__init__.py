"""The web edge: pages for members, kiosks and managers, and the REST interface under /v1."""
