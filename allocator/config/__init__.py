"""The planner's config: its keys as frozen types, the rules between them, and the YAML it is written in."""
