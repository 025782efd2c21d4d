"""The registry, artifact and (few) tracking calls of an unmodified MLflow client, under Conch's own rules."""
