"""Runs of learning in a tracker: nowhere by default, MLflow or Comet on request."""
