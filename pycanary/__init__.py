"""Canary deployments for Jenkins, GitLab, NGINX and Docker Compose."""

__version__ = "0.1.0"
