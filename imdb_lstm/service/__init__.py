"""The HTTP service: predictions and explanations by finished runs, computed in worker processes.

``server`` starts it, ``app`` answers requests, ``batching`` computes those together that arrive
together, ``workers`` are the processes that compute, and ``guard`` limits, logs and counts.
"""
