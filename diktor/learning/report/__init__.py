"""A run's report: figures with intervals, tables and plots, from what its members were kept saying."""
