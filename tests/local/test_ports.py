import random

from deploy.local import free_port
from deploy.local.process import HOST, is_free


def test_no_port_is_given_twice_though_nobody_listens_on_the_first_one_yet() -> None:
    random.seed(7)
    first = free_port()
    random.seed(7)  # draws the same number again
    assert free_port() != first
    assert is_free(first), f"nobody listens on {HOST}:{first}"
