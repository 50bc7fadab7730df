"""The keys of a config as frozen types: meaning, default, unit; the key reference is made from them."""
