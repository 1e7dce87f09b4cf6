"""`python -m services.transfers`."""

from services.transfers.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("transfers", make)
