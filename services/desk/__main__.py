"""`python -m services.desk`"""

from services.desk.app import make
from shared.runtime.service import run

if __name__ == "__main__":
    run("desk", make)
