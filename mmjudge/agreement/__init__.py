"""Statistics of answers: pure numpy and scipy. Refuses to know files, models, databases and pages."""
