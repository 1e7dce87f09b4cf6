"""`python -m services.notifications`."""

from services.notifications.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("notifications", make)
