"""Pages of another site that hold a client for browsers, built as a shop's own site is."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.clients.clients import NODE
from tests.console.browser import REPO

BUNDLER: Final = REPO / "console" / "node_modules" / "rolldown" / "bin" / "cli.mjs"
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tea</title><link rel="icon" href="data:,"></head>
<body><h1>Tea</h1><script type="module">
import { analytics } from './made/lines.js'
window.analytics = analytics
</script></body></html>
"""


def build(folder: Path, lines: str, modules: Path) -> Path:
    """Bundle lines that export `analytics`, as a page that holds it; return the folder to serve."""
    assert BUNDLER.is_file(), f"{BUNDLER} is missing: run 'make console'"
    folder.mkdir()
    (folder / "node_modules").symlink_to(modules)
    (folder / "lines.ts").write_text(lines)
    (folder / "index.html").write_text(PAGE)
    made = subprocess.run(
        [NODE, BUNDLER, "lines.ts", "--dir", "made", "--format", "esm", "--platform", "browser"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve a folder at an origin of its own; gives its URL."""
    listener = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
