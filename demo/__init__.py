"""One day of the service on one machine: `python -m demo`, which is `make demo`."""
