"""`upc`: what those who run the platform see and mend it with. A client of topics and services, like any other."""
