"""Use cases that join stages: what a page, a request, a job or a command line asks for."""
