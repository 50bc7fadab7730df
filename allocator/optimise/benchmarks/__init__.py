"""A plan against rules of thumb, and against money that is left."""
