"""The load generator: a process of its own that keeps a fixed number of requests under way.

`python -m experiments.loadgen` reads one job as a line of JSON and answers with one line per event. It ends
when its input closes, so it never outlives the worker that started it. It knows nothing of Django.
"""
