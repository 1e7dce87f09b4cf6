"""`python -m services.blocking`."""

from services.blocking.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("blocking", make)
