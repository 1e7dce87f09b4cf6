import random
import subprocess
import sys

from deploy.local import free_port
from deploy.local.process import HOST, ROOT, is_free

DRAWS = "import random; random.seed(7); from deploy.local import free_port; print(free_port())"


def test_no_port_is_given_twice_though_nobody_listens_on_the_first_one_yet() -> None:
    random.seed(7)
    first = free_port()
    random.seed(7)  # draws the same number again
    assert free_port() != first
    assert is_free(first), f"nobody listens on {HOST}:{first}"


def test_what_one_process_was_given_no_other_is() -> None:
    random.seed(7)
    ours = {free_port() for _ in range(3)}
    theirs = subprocess.run([sys.executable, "-c", DRAWS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(theirs.stdout) not in ours
