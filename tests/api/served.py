"""What the tests of atllama serve share: a Bed is a home of its own, scripted
endpoints and servers started against them.

A test is serve*.py PART --atllama ... (CTest); its parts are functions named
part_NAME, which get a Bed.
"""
import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HEAD = "answer\nheader Content-Type: text/event-stream\n"
ECHO = HEAD + "echo\n"
STALL = HEAD + "framing chunked\nchat half\nstall\n"
WAIT = 120  # seconds after which a test has failed


def fail(text):
    raise SystemExit(text)


def same(what, seen, wanted):
    if seen != wanted:
        fail(f"{what}:\n{seen!r}, not\n{wanted!r}")


def has(what, seen, wanted):
    if wanted not in seen:
        fail(f"{what}:\n{seen!r} lacks\n{wanted!r}")


def until(what, condition):
    end = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > end:
            fail(f"waited in vain: {what}")
        time.sleep(0.01)


class Endpoint:
    """tests/tool/atl-server with a script."""

    def __init__(self, bed, script):
        path = f"{bed.folder}/{bed.count()}.script"
        with open(path, "w", encoding="utf-8") as f:
            f.write(script)
        self.log = path + ".log"
        self.process = subprocess.Popen(
            [bed.options.server, path, "--log", self.log, "--with-parent"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().strip()
        self.url = f"http://127.0.0.1:{port}/v1"

    def requests(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read().split("=== ")[1:]

    def bodies(self):
        return [json.loads(r.split("\n\n", 1)[1]) for r in self.requests()]

    def said(self, n=-1):
        """The messages of a request, without the system prompt."""
        return [m["content"] for m in self.bodies()[n]["messages"]
                if m["role"] != "system"]

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Server:
    """atllama serve on a free port, its stderr in a file."""

    def __init__(self, bed, *words, url=None, wrap=(), close_fds=True,
                 listen="127.0.0.1:0", **env):
        self.bed = bed
        self.log = f"{bed.folder}/{bed.count()}.serve"
        self.ended = False
        everything = dict(bed.env, **env)
        if url is not None:
            everything["LLAMA_MODEL_ENDPOINT"] = url
        argv = [*wrap, bed.options.atllama, "serve", *words]
        if listen is not None:
            argv += ["--listen", listen]
        with open(self.log, "wb") as f:
            self.process = subprocess.Popen(argv, env=everything, stderr=f,
                                            stdin=subprocess.DEVNULL,
                                            close_fds=close_fds)
        until("the server starts", lambda: "serving on " in self.text()
              or self.process.poll() is not None)
        if self.process.poll() is not None:
            fail("the server ended: " + self.text())
        where = self.text().split("serving on ")[1].split(";")[0]
        self.port = int(where.rsplit(":", 1)[1]) if "http" in where else 0
        with open(bed.token_file, encoding="utf-8") as f:
            self.token = f.read().strip()

    def text(self):
        with open(self.log, encoding="utf-8") as f:
            return f.read()

    def lines(self):
        """The log of requests."""
        return [json.loads(line) for line in self.text().splitlines()
                if line.startswith("{")]

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=WAIT)

    def ask(self, path, body=None, method=None, connection=None, **headers):
        """Status, headers and body of an answer; JSON is read."""
        c = connection or self.connect()
        given = {"Authorization": "Bearer " + self.token}
        if body is not None:
            given["Content-Type"] = "application/json"
        given.update({k.replace("_", "-"): v for k, v in headers.items()})
        given = {k: v for k, v in given.items() if v is not None}
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        c.request(method or ("GET" if body is None else "POST"), path, body,
                  given)
        answer = c.getresponse()
        data = answer.read()
        if connection is None:
            c.close()
        if "json" in (answer.getheader("Content-Type") or "") and data:
            data = json.loads(data)
        return answer.status, answer, data

    def complete(self, body, agent="llama", status=200):
        seen, _, data = self.ask(f"/agents/{agent}/completion", body)
        if seen != status:
            fail(f"{body}: status {seen}, not {status}: {data}")
        return data

    def refused(self, path, body, status, code, told="", **headers):
        seen, answer, data = self.ask(path, body, **headers)
        if (seen != status or data["error"]["code"] != code
                or told not in data["error"]["message"]):
            fail(f"{path} {body!r}: {seen} {data}, not {status} {code}")
        return answer

    def open_stream(self, path, body, host=None):
        """A socket on which the answer comes."""
        text = json.dumps(body)
        host = host or f"localhost:{self.port}"
        s = socket.create_connection(("127.0.0.1", self.port), WAIT)
        s.sendall((f"POST {path} HTTP/1.1\r\nHost: {host}\r\n"
                   f"Authorization: Bearer {self.token}\r\n"
                   "Content-Type: application/json\r\n"
                   f"Content-Length: {len(text.encode())}\r\n\r\n"
                   + text).encode())
        return s

    def metrics(self):
        text = self.ask("/metrics")[2].decode()
        return dict(line.rsplit(" ", 1) for line in text.splitlines()
                    if not line.startswith("#"))

    def end(self, number=signal.SIGTERM, code=0):
        if self.ended:
            return
        self.ended = True
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            seen = self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            fail("the server does not end: " + self.text())
        if seen != code:
            fail(f"the server ended with {seen}: {self.text()}")


class Bed:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.things = []
        self.n = 0
        self.token_file = folder + "/config/atllama/serve.token"
        self.env = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": folder,
            "XDG_CONFIG_HOME": folder + "/config",
            "XDG_DATA_HOME": folder + "/data",
            "XDG_STATE_HOME": folder + "/state",
            "XDG_RUNTIME_DIR": folder,
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                     "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def count(self):
        self.n += 1
        return self.n

    def endpoint(self, script):
        self.things.append(Endpoint(self, script))
        return self.things[-1]

    def server(self, *words, **more):
        self.things.append(Server(self, *words, **more))
        return self.things[-1]

    def config(self, text):
        os.makedirs(self.folder + "/config/atllama", exist_ok=True)
        with open(self.folder + "/config/atllama/config", "w",
                  encoding="utf-8") as f:
            f.write(text)

    def run(self, *words, code=0, stdin="", **env):
        done = subprocess.run([self.options.atllama, *words], text=True,
                              env=dict(self.env, **env), input=stdin,
                              capture_output=True, timeout=WAIT, check=False)
        if done.returncode != code:
            fail(f"{words}: exit {done.returncode}: {done.stderr}")
        return done.stdout, done.stderr

    def end(self):
        for thing in reversed(self.things):
            thing.end()


def calling(*calls):
    """A stream that calls tools: id (None: it gives none), name, arguments,
    in two pieces each."""
    text = HEAD
    for i, (known, name, arguments) in enumerate(calls):
        half = len(arguments) // 2
        first = {"index": i, "type": "function",
                 "function": {"name": name, "arguments": arguments[:half]}}
        if known is not None:
            first["id"] = known
        for call in (first, {"index": i, "function": {
                "arguments": arguments[half:]}}):
            chunk = json.dumps({"choices": [
                {"index": 0, "delta": {"tool_calls": [call]}}]})
            text += "sse " + chunk.replace("\\", "\\\\") + "\n"
    return text + "finish tool_calls\nusage 3 1\ndone\n"


def events(data):
    """(type, data) of each event of a stream."""
    result = []
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines()
                      if not line.startswith(":"))
        if fields:
            result.append((fields.get("event", "message"), fields["data"]))
    return result


def receive(s, wanted):
    """Reads from a socket until the bytes have come."""
    data = b""
    while wanted not in data:
        piece = s.recv(65536)
        if not piece:
            fail(f"{data!r} ended without {wanted!r}")
        data += piece
    return data


def main(parts):
    """Runs one part, a row of vars() of the test's module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part")
    for name in ("--atllama", "--server", "--source"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bed = Bed(options, folder)
        try:
            parts["part_" + options.part](bed)
        except BaseException:
            for thing in bed.things:
                if isinstance(thing, Server):
                    sys.stderr.write(thing.text())
            raise
        finally:
            bed.end()
