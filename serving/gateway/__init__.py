"""The data plane: a process of its own that clients of the models talk to."""
