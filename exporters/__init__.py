"""Everything that leaves: the store, the admin API, Prometheus, the live feed and the page."""
