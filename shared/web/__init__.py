"""The request path: application, guards, problems, dependencies, middleware, health."""
