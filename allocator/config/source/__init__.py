"""The YAML a config is written in: what it extends, scenarios, changes, where every value stands."""
