"""What the service can do: one function each, used by the routes and by the command line."""
