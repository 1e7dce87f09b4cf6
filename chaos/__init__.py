"""Real faults on real parts under a steady load, and the books compared at the end: `python -m chaos`, which is `make chaos`."""
