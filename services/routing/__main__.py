"""`python -m services.routing`."""

from services.routing.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("routing", make)
