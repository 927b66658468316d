"""What ci/peer-faas and drivers/faas/measure share: emulators that run for a while, and wrk's load on them."""

import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
STRATA = ROOT / "build/release/bin/strata"
TESTS = ROOT / "build/release/tests"
TESTING = ROOT / "drivers/faas/testing"
START_LIMIT = 60

# Of so many seconds: p50 and p99 in microseconds, answers that are no success, requests without an answer.
Load = collections.namedtuple("Load", "requests rate p50 p99 refused lost")
Emulator = collections.namedtuple("Emulator", "process endpoint")


def require_built(*programs):
    for program in programs:
        if not program.exists():
            raise SystemExit(f"{program} is not built: cmake --preset release && cmake --build --preset release")


def ask(url, body=None, method=None):
    """Local, whatever proxy the surroundings name."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = None if body is None else body.encode()
    return opener.open(urllib.request.Request(url, data=data, method=method), timeout=30).read().decode()


@contextlib.contextmanager
def server(words, log, until, **options):
    """A server that runs while the block does: the process, and what `until` returned once it was true."""
    with open(log, "wb") as file:
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=file,
                                   stderr=subprocess.STDOUT, start_new_session=True, **options)
    try:
        limit = time.monotonic() + START_LIMIT
        while not (found := until()):
            if process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"{words[0]} did not come up: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process, found
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextlib.contextmanager
def emulator(place, *words, target="process"):
    """`strata faas serve` with these further words, and its data in a folder that is made."""
    place.mkdir(parents=True)
    log = place / "log"

    def endpoint():
        found = re.search(r"--endpoint-url (\S+)", log.read_text())
        return found and found.group(1)

    command = [STRATA, "faas", "serve", "--target", target, "--data", place / "data", *words]
    with server(command, log, endpoint) as (process, url):
        yield Emulator(process, url)


def native_code(folder):
    """A function's code: the runtime of the emulator's tests, whose handler says what it does."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(TESTS / "strata-test-bootstrap", folder / "bootstrap")
    return folder


def create(endpoint, name, handler, code):
    """The URL of the new function's invocations."""
    functions = endpoint + "/2015-03-31/functions"
    ask(functions, json.dumps({"FunctionName": name, "Handler": handler, "Code": {"StrataPath": str(code)}}))
    return f"{functions}/{name}/invocations"


def load(url, connections, seconds):
    done = subprocess.run(["wrk", "--threads", str(min(connections, 2)), "--connections", str(connections),
                           "--duration", f"{seconds}s", "--timeout", "60s", "--script", str(TESTING / "load.lua"), url],
                          capture_output=True, text=True, timeout=seconds + 90, check=True)
    figures = re.search(r"^figures (.+)$", done.stdout, re.MULTILINE)
    return Load(*map(int, figures.group(1).split()))
