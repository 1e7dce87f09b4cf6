"""The mark that `upc restore` leaves in each database that it puts back, for the service to find as it starts."""

AGAIN = "reading_again"
"""The collection that has a document until all that came since the backup is read again."""
