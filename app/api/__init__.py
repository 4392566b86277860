"""The `/v1` interface: routes and their schemas. HTTP only."""
