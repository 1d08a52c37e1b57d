"""The admin port: one file for each group of routes."""
