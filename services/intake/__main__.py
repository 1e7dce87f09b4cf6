"""`python -m services.intake`."""

from services.intake.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("intake", make)
