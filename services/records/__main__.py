"""`python -m services.records`."""

from services.records.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("records", make)
