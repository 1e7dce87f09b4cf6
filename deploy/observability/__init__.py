"""What watches the platform: objectives, alerts, dashboards, made from the metrics (`python -m deploy.observability`)."""
