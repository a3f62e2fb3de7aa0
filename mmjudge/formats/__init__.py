"""Import and export of items and labels: one file per format. Refuses to decode media and to compute figures."""
