#!/usr/bin/env python3
"""atllama serve, as its clients meet it: serve.py PART --atllama ... (CTest).

Parts are functions named part_NAME. Each gets a Bed: a home of its own, the
scripted endpoint and the server started against it.
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
import threading
import time

HEAD = "answer\nheader Content-Type: text/event-stream\n"
ECHO = HEAD + "echo\n"
STALL = HEAD + "framing chunked\nchat half\nstall\n"
WAIT = 60  # seconds after which a test has failed


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

    def __init__(self, bed, *words, url=None, wrap=(), listen="127.0.0.1:0",
                 **env):
        self.bed = bed
        self.log = f"{bed.folder}/{bed.count()}.serve"
        self.listen = listen
        everything = dict(bed.env, **env)
        if url is not None:
            everything["LLAMA_MODEL_ENDPOINT"] = url
        argv = [*wrap, bed.options.atllama, "serve", *words]
        if listen is not None:
            argv += ["--listen", listen]
        with open(self.log, "wb") as f:
            self.process = subprocess.Popen(argv, env=everything, stderr=f,
                                            stdin=subprocess.DEVNULL)
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

    def refused(self, path, body, status, code, **headers):
        seen, answer, data = self.ask(path, body, **headers)
        if seen != status or data["error"]["code"] != code:
            fail(f"{path} {body!r}: {seen} {data}, not {status} {code}")
        return answer

    def open_stream(self, path, body):
        """A socket on which the answer comes."""
        text = json.dumps(body)
        s = socket.create_connection(("127.0.0.1", self.port), WAIT)
        s.sendall((f"POST {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\n"
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


#
# Our own form
#

def part_own(bed):
    endpoint = bed.endpoint(ECHO)
    server = bed.server(url=endpoint.url)
    has("token is shown", server.text(), server.token)
    same("mode of the token", os.stat(bed.token_file).st_mode & 0o777, 0o600)

    seen = server.complete({"message": "Why?", "temperature": 0.25,
                            "max_tokens": 7}, agent="Llama")
    same("members", list(seen), ["agent", "thread_id", "message", "outcome",
                                 "finish_reason", "model", "usage"])
    same("answer", (seen["agent"], seen["message"], seen["outcome"],
                    seen["finish_reason"], seen["model"]),
         ("llama", "Why?", "complete", "stop", "scripted"))
    same("usage", seen["usage"], {"prompt_tokens": None,
         "completion_tokens": None, "total_tokens": None})
    sent = endpoint.bodies()[-1]
    same("temperature", sent["temperature"], 0.25)
    same("max_tokens", sent["max_tokens"], 7)

    # The thread goes on by the id that was told.
    again = server.complete({"prompt": "And?",
                             "thread_id": seen["thread_id"]})
    same("thread", again["thread_id"], seen["thread_id"])
    same("what was sent", endpoint.said(), ["Why?", "Why?", "And?"])
    out, _ = bed.run("show", seen["thread_id"], "--plain")
    has("saved", out, "And?")

    # Messages, with the words of others for their roles.
    server.complete({"messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "human", "content": "One"}, {"role": "ai", "content": "Two"},
        {"role": "user", "content": [{"type": "text", "text": "Th"},
                                     {"type": "text", "text": "ree"}]}]})
    same("roles", [(m["role"], m["content"]) for m in
                   endpoint.bodies()[-1]["messages"]],
         [("system", "Be brief."), ("user", "One"), ("assistant", "Two"),
          ("user", "Three")])

    # Names of the client's own; a number is another than its text only in
    # how it is told.
    for name in (7, "7", "a/b c\u00e9", 2 ** 53):
        told = server.complete({"message": "x", "thread_id": name})
        same("name of the thread", told["thread_id"], name)
    same("the same thread", len(endpoint.said(-3)), 3)
    server.end()

    # The second start does not show the token, and knows the threads.
    server = bed.server(url=endpoint.url)
    if server.token in server.text():
        fail("the token is shown again")
    server.complete({"message": "y", "thread_id": 7})
    same("after a restart", len(endpoint.said()), 5)
    until("the log is written", server.lines)
    same("log", [sorted(line) for line in server.lines()],
         [["agent", "bytes", "first_ms", "method", "ms", "outcome", "path",
           "peer", "status", "time"]])


def part_stream(bed):
    endpoint = bed.endpoint(ECHO + HEAD + "chat a\nusage 3 1\nfinish length\n"
                            "done\n" + HEAD + "chat half\n" +
                            "answer\nstatus 500 No\nbody oops\n")
    server = bed.server("--retries", "0", url=endpoint.url)
    path = "/agents/llama/stream-completion"
    status, answer, data = server.ask(path, {"message": "one two",
                                             "thread_id": "t"})
    same("status", (status, answer.getheader("Content-Type")),
         (200, "text/event-stream"))
    seen = events(data)
    same("the end", seen[-1], ("done", "[DONE]"))
    same("types", {kind for kind, _ in seen[:-1]}, {"message"})
    told = [json.loads(text) for _, text in seen[:-1]]
    same("the beginning", told[0],
         {"agent": "llama", "thread_id": "t", "message": ""})
    same("the text", "".join(t["message"] for t in told), "one two")
    same("the outcome", (told[-1]["outcome"], told[-1]["thread_id"]),
         ("complete", "t"))

    _, _, data = server.ask("/agents/llama/completion",
                            {"message": "x", "stream": True})
    last = json.loads(events(data)[-2][1])
    same("length", (last["outcome"], last["usage"]["total_tokens"]),
         ("length", 4))

    # What is cut is an error behind the text that had come.
    status, _, data = server.ask(path, {"message": "x", "thread_id": "cut"})
    kinds = [kind for kind, _ in events(data)]
    same("cut", (status, kinds[-2:]), (200, ["error", "done"]))
    last = json.loads(events(data)[-2][1])
    same("code of the cut", (last["error"]["code"], last["outcome"]),
         ("reply_cut", "cut"))
    # What fails before any text has a status of its own.
    server.refused(path, {"message": "x"}, 502, "upstream_failed")


def part_openai(bed):
    endpoint = bed.endpoint(ECHO)
    bed.config('agent coder {\n model = "big"\n temperature = 0.1\n'
               ' top_p = 0.5\n}\n')
    server = bed.server(url=endpoint.url)
    path = "/v1/chat/completions"
    ask = {"model": "llama", "messages": [{"role": "user", "content": "Hi"}]}
    status, _, data = server.ask(path, ask)
    same("status", status, 200)
    same("object", (data["object"], data["model"],
                    data["choices"][0]["message"],
                    data["choices"][0]["finish_reason"]),
         ("chat.completion", "llama",
          {"role": "assistant", "content": "Hi"}, "stop"))

    _, _, data = server.ask(path, dict(
        ask, stream=True, stream_options={"include_usage": True}))
    seen = [text for _, text in events(data)]
    same("the end", seen[-1], "[DONE]")
    chunks = [json.loads(text) for text in seen[:-1]]
    same("usage", (chunks[-1]["choices"], "usage" in chunks[-1]), ([], True))
    same("text", "".join(c["choices"][0]["delta"].get("content", "")
                         for c in chunks[:-1]), "Hi")
    same("finish", chunks[-2]["choices"][0]["finish_reason"], "stop")

    # An agent by its model, and parameters in place of its own.
    status, _, _ = server.ask(path, dict(ask, model="big", top_p=0.9, seed=4,
                                         logit_bias={"5": -1}, user="me"))
    sent = endpoint.bodies()[-1]
    same("parameters", (status, sent["model"], sent["temperature"],
                        sent["top_p"], sent["seed"], sent["logit_bias"],
                        "user" in sent),
         (200, "big", 0.1, 0.9, 4, {"5": -1}, False))
    server.refused(path, dict(ask, model="gpt"), 404, "model_not_found")
    for more in ({"n": 2}, {"tools": [{}]}, {"logprobs": True},
                 {"tool_choice": "auto"}, {"A-b": 1}):
        server.refused(path, dict(ask, **more), 400, "bad_request")
    same("models", [m["id"] for m in server.ask("/v1/models")[2]["data"]],
         ["llama", "guide", "coder"])
    same("agents", [(a["name"], a["ready"]) for a in
                    server.ask("/agents")[2]],
         [("llama", True), ("guide", True), ("coder", True)])
    has("the guide", server.complete({"message": "How do I stream?"},
                                     agent="GUIDE")["message"], "manual")
    out, _ = bed.run("list", "--json")
    same("nothing saved of /v1", len(json.loads(out)), 1)
    # Our own program is a client like any other.
    out, _ = bed.run("--private", "-e", f"http://127.0.0.1:{server.port}/v1",
                     "-m", "coder", "Hello", LLAMA_API_KEY=server.token)
    same("atllama as a client", out, "Hello\n")


#
# What is refused
#

BAD_BODIES = [
    ("", "bad_json"), ("{", "bad_json"), ("[]", "bad_request"),
    ("null", "bad_request"), ('"x"', "bad_request"),
    ('{"message":"x"} x', "bad_json"), ('{"message":"\xff"}', "bad_json"),
    ("[" * 100000, "bad_json"), ("{}", "bad_request"),
    ({"message": ""}, "bad_request"), ({"message": " \n"}, "bad_request"),
    ({"message": 5}, "bad_request"), ({"message": None}, "bad_request"),
    ({"message": ["x"]}, "bad_request"), ({"message": "a\0b"}, "bad_request"),
    ({"message": "x", "prompt": "y"}, "bad_request"),
    ({"message": "x", "messages": [{"role": "user", "content": "y"}]},
     "bad_request"),
    ({"messages": []}, "bad_request"), ({"messages": {}}, "bad_request"),
    ({"messages": [5]}, "bad_request"),
    ({"messages": [{"role": "user"}]}, "bad_request"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "bad_request"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "bad_request"),
    ({"messages": [{"role": "ai", "content": "x"}]}, "bad_request"),
    ({"messages": [{"role": "system", "content": "x"}]}, "bad_request"),
    ({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "http://x/"}}]}]},
     "bad_request"),
    ({"message": "x", "temperature": "hot"}, "bad_request"),
    ({"message": "x", "temperature": -1}, "bad_request"),
    ({"message": "x", "temperature": 2.01}, "bad_request"),
    ({"message": "x", "max_tokens": 0}, "bad_request"),
    ({"message": "x", "max_tokens": 1.5}, "bad_request"),
    ({"message": "x", "max_tokens": 10 ** 30}, "bad_request"),
    ({"message": "x", "stream": "yes"}, "bad_request"),
    ({"message": "x", "thread_id": ""}, "bad_request"),
    ({"message": "x", "thread_id": 1.5}, "bad_request"),
    ({"message": "x", "thread_id": []}, "bad_request"),
    ({"message": "x", "thread_id": "a\nb"}, "bad_request"),
    ({"message": "x", "thread_id": "a" * 256}, "bad_request"),
    ({"message": "x", "temprature": 1}, "bad_request"),
    ({"message": "word " * 400000}, "context_length_exceeded"),
]


def part_refused(bed):
    endpoint = bed.endpoint(ECHO)
    server = bed.server("--allow-host", "chat.example", "--allow-origin",
                        "https://page.example", url=endpoint.url)
    path = "/agents/llama/completion"
    for body, code in BAD_BODIES:
        if isinstance(body, str):
            body = body.encode("latin-1")
        server.refused(path, body, 400, code)
    same("nothing was sent", endpoint.requests(), [])
    out, _ = bed.run("list", "--json")
    same("nothing was saved", json.loads(out), [])

    good = {"message": "x"}
    server.refused("/agents/nobody/completion", good, 404, "unknown_agent")
    server.refused("/agents/llama", None, 404, "unknown_path")
    server.refused("/agents/llama/completion/", good, 404, "unknown_path")
    answer = server.refused(path, None, 405, "method_not_allowed")
    same("Allow", answer.getheader("Allow"), "POST")
    server.refused(path, good, 415, "not_json", Content_Type="text/plain")
    for token in (None, "Bearer ", "Bearer x", "Basic " + server.token):
        server.refused(path, good, 401, "invalid_api_key",
                       Authorization=token)
    server.refused(path, good, 421, "wrong_host", Host="evil.example")
    server.refused(path, good, 403, "cross_site",
                   Origin="https://evil.example")
    server.refused(path, good, 403, "cross_site", Sec_Fetch_Site="cross-site")
    same("another host", server.ask(path, good, Host="chat.example")[0], 200)
    status, answer, _ = server.ask(path, good, Origin="https://page.example")
    same("CORS", (status, answer.getheader("Access-Control-Allow-Origin")),
         (200, "https://page.example"))
    same("without a token", [server.ask(p, Authorization=None)[0] for p in
                             ("/healthz", "/metrics", "/agents")],
         [200, 401, 401])
    with socket.create_connection(("127.0.0.1", server.port), WAIT) as s:
        s.sendall((f"POST {path} HTTP/1.1\r\nHost: localhost:{server.port}"
                   f"\r\nAuthorization: Bearer {server.token}\r\n"
                   "Content-Type: application/json\r\n"
                   f"Content-Length: {8 * 2 ** 20 + 1}\r\n\r\n").encode())
        has("a body too large", receive(s, b"body_too_large"), b" 413 ")
    # All that is documented is there, and the other way about.
    paths = server.ask("/openapi.json")[2]["paths"]
    for name, methods in paths.items():
        for method in methods:
            body = b"" if method == "post" else None
            status = server.ask(name.replace("{name}", "llama"), body,
                                method=method.upper())[0]
            if status in (404, 405):
                fail(f"{method} {name} is documented and not there")
    counted = {key.split('path="')[1].split('"')[0]
               for key in server.metrics()
               if key.startswith("atllama_requests_total")}
    same("paths", counted - {"other"}, set(paths))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("part")
    for name in ("--atllama", "--server", "--source"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bed = Bed(options, folder)
        try:
            globals()["part_" + options.part](bed)
        except BaseException:
            for thing in bed.things:
                if isinstance(thing, Server):
                    sys.stderr.write(thing.text())
            raise
        finally:
            bed.end()


main()
