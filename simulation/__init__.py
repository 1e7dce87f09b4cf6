"""The whole system in one process on simulated Kafka, MongoDB and time, driven by a seed (`make simulate`)."""
