import subprocess
import sys

from shopkeeper.core.definitions import Holdout
from shopkeeper.protect.assignment import arm_of

CODE = """
from shopkeeper.core.definitions import Holdout
from shopkeeper.protect.assignment import arm_of
print("".join(arm_of(f"cus_{n}", Holdout(share=0.3, salt="s"))[0] for n in range(200)))
"""


def test_two_processes_assign_alike() -> None:
    runs = {subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1
    assert b"h" in runs.pop()


def test_the_share_is_kept_within_four_standard_errors() -> None:
    held = sum(arm_of(f"cus_{n}", Holdout(share=0.05, salt="u")) == "holdout" for n in range(20_000))
    assert abs(held - 1000) < 4 * (20_000 * 0.05 * 0.95) ** 0.5


def test_two_salts_assign_independently() -> None:
    one, two = (
        {n for n in range(20_000) if arm_of(f"cus_{n}", Holdout(share=0.1, salt=salt)) == "holdout"} for salt in "ab"
    )
    assert abs(len(one & two) - 200) < 60
