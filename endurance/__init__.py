"""The entry: command line, supervisor and app.py, which builds and connects everything."""
