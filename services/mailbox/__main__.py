"""`python -m services.mailbox`."""

from services.mailbox.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("mailbox", make)
