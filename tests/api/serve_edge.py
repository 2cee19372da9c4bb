#!/usr/bin/env python3
"""atllama serve: odd clients, sockets of other kinds, proxies, and other
people's clients. See served.py."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from served import (ECHO, HEAD, STALL, WAIT, calling, fail, has, main,
                    receive, same, until)

SKIPPED = 77


def skip(why):
    print(why)
    sys.exit(SKIPPED)


def part_idle(bed):
    """A thousand who connect and say nothing keep nobody from being served."""
    endpoint = bed.endpoint(ECHO)
    server = bed.server("--max-connections", "1100", url=endpoint.url)
    idle = [socket.create_connection(("127.0.0.1", server.port), WAIT)
            for _ in range(1000)]
    until("all are there", lambda: int(
        server.metrics()["atllama_connections"]) >= 1001)
    same("served", server.complete({"message": "x"})["message"], "x")
    for s in idle:
        s.close()
    until("all have gone", lambda: int(
        server.metrics()["atllama_connections"]) < 10)
    # At the limit the next one waits until there is room.
    few = bed.server("--max-connections", "2", url=endpoint.url)
    held = [socket.create_connection(("127.0.0.1", few.port), WAIT)
            for _ in range(2)]
    late = few.open_stream("/agents/llama/completion", {"message": "late"})
    time.sleep(0.2)
    held[0].close()
    has("it was served", receive(late, b"late"), b" 200 ")
    held[1].close()
    late.close()


def ended(s, within):
    """Whether the other side has closed; seconds."""
    s.settimeout(within)
    try:
        while s.recv(65536):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def part_drip(bed):
    """A head that drips is not waited for, though something always comes."""
    server = bed.server(url=bed.endpoint(ECHO).url)
    s = socket.create_connection(("127.0.0.1", server.port), WAIT)
    s.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
    end = time.monotonic() + WAIT
    over = False
    while not over and time.monotonic() < end:
        try:
            s.sendall(b"x")
        except ConnectionError:
            break
        over = ended(s, 0.5)
    else:
        if not over:
            fail("it is still listened to")
    same("others", server.ask("/healthz")[0], 200)


def part_half(bed):
    """Clients that close their side, and bytes that are no HTTP."""
    endpoint = bed.endpoint(ECHO)
    stall = bed.endpoint(STALL)
    server = bed.server(url=endpoint.url)
    # What needs no waiting is answered all the same.
    s = server.open_stream("/agents", {})
    s.shutdown(socket.SHUT_WR)
    has("half closed", receive(s, b"}\n"), b" 405 ")
    waits = bed.server(url=stall.url)
    s = waits.open_stream("/agents/llama/completion", {"message": "x"})
    until("it is asked", lambda: waits.metrics()["atllama_calls"] == "1")
    s.shutdown(socket.SHUT_WR)
    until("it is left", lambda: waits.metrics()["atllama_calls"] == "0")
    sent = []
    for junk in (b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"\r\n" * 100,
                 b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
                 b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
                 b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                 b"POST /agents/llama/completion HTTP/1.1\r\n"
                 b"Host: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                 b"zz\r\n"):
        s = socket.create_connection(("127.0.0.1", server.port), WAIT)
        sent.append(s)
        try:
            s.sendall(junk)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    # Each is closed, at its deadline if not before.
    for s in sent:
        if not ended(s, WAIT):
            fail("junk is still listened to")
        s.close()
    same("afterwards", server.ask("/healthz")[0], 200)


def speak_unix(path, request):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(WAIT)
        s.connect(path)
        s.sendall(request)
        data = b""
        while True:
            piece = s.recv(65536)
            if not piece:
                return data
            data += piece


def part_sockets(bed):
    """A Unix socket, one from systemd, and addresses that are refused."""
    endpoint = bed.endpoint(ECHO)
    # The path of a socket has 107 bytes at most.
    folder = tempfile.mkdtemp(dir=bed.folder if len(bed.folder) < 80
                              else "/tmp")
    path = folder + "/socket"
    request = (b"GET /healthz HTTP/1.1\r\nHost: whatever\r\n"
               b"Connection: close\r\n\r\n")
    server = bed.server(url=endpoint.url, listen="unix:" + path)
    same("mode", os.stat(path).st_mode & 0o777, 0o600)
    has("answer", speak_unix(path, request), b" 200 ")
    _, err = bed.run("serve", "--listen", "unix:" + path, code=7,
                     LLAMA_MODEL_ENDPOINT=endpoint.url)
    has("taken", err, "Address already in use")
    has("still there", speak_unix(path, request), b" 200 ")
    server.end(9, code=-9)
    server = bed.server(url=endpoint.url, listen="unix:" + path)
    has("after a crash", speak_unix(path, request), b" 200 ")
    server.end()
    same("removed", os.path.exists(path), False)
    os.rmdir(folder)

    # As systemd hands it over: descriptor 3, and who it is for.
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        script = (f"exec 3<&{s.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$;"
                  ' exec "$@"')
        os.set_inheritable(s.fileno(), True)
        server = bed.server(url=endpoint.url, listen=None,
                            wrap=("/bin/bash", "-c", script, "x"),
                            close_fds=False)
    same("port", server.port, port)
    same("answer", server.ask("/healthz")[0], 200)
    server.end()
    for where in ("", "8000", "host:8000", "127.0.0.1:70000", "1.2.3.4.5:1",
                  "[::1:80", "unix:", "unix:/" + "a" * 200):
        bed.run("serve", "--listen", where, code=2,
                LLAMA_MODEL_ENDPOINT=endpoint.url)
    _, err = bed.run("serve", "--listen", "0.0.0.0:0", code=2,
                     LLAMA_MODEL_ENDPOINT=endpoint.url)
    has("open to all", err, "--insecure-listen")
    bed.server("--insecure-listen", url=endpoint.url,
               listen="0.0.0.0:0").end()
    _, err = bed.run("serve", "--listen", "127.0.0.1:0", code=3)
    has("no endpoint", err, "no endpoint is set")


def behind(bed, argv_of, text):
    """Two servers behind a proxy, whose configuration is `text`."""
    go_on = bed.folder + "/go-on"
    endpoint = bed.endpoint(ECHO * 40 + HEAD + "framing chunked\nchat one\n"
                            f"hold {go_on}\nchat two\nfinish\ndone\n" + STALL)
    two = [bed.server("--allow-host", "chat.example", url=endpoint.url)
           for _ in range(2)]
    for old, server in (("8001", two[0]), ("8002", two[1])):
        text = text.replace("127.0.0.1:" + old, f"127.0.0.1:{server.port}")
    log = open(bed.folder + "/proxy.log", "wb")
    proxy, port = start_proxy(bed, argv_of, text, log)
    try:
        try_proxy(two, port, go_on)
    except BaseException:
        with open(bed.folder + "/proxy.log", encoding="utf-8") as f:
            sys.stderr.write(f.read())
        raise
    finally:
        proxy.terminate()
        proxy.wait(WAIT)
        log.close()


def start_proxy(bed, argv_of, text, log):
    """On a port that is free; it ends when somebody was faster."""
    path = bed.folder + "/proxy.conf"
    for _ in range(10):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
        proxy = subprocess.Popen(argv_of(path), stdout=log, stderr=log,
                                 cwd=bed.folder)
        until("the proxy is there", lambda: reachable(port)
              or proxy.poll() is not None)
        if proxy.poll() is None:
            return proxy, port
    with open(bed.folder + "/proxy.log", encoding="utf-8") as f:
        fail(f"the proxy ends: {f.read()}")


def try_proxy(two, port, go_on):
    front, own = two[0], two[0].port
    front.port = port

    def ask(body, thread=None, path="/agents/llama/completion"):
        return front.ask(path, body, Host="chat.example", X_Thread=thread)

    def served(server, number):
        server.port = number
        return int(server.metrics().get(
            'atllama_replies_total{agent="llama",outcome="complete"}', 0))

    until("the servers are in", lambda: ask(None, path="/healthz")[0] == 200)
    for i in range(36):
        status, _, data = ask({"message": f"m{i}"}, thread=f"t{i}")
        same("through the proxy", (status, data["message"]), (200, f"m{i}"))
    # One thread, its turns answered by whichever: state is in the store.
    for i in range(4):
        status, _, data = ask({"message": "x", "thread_id": "same"},
                              thread=f"other{i}")
        same("one thread", status, 200)
    shares = served(two[0], own), served(two[1], two[1].port)
    same("all", sum(shares), 40)
    if 0 in shares:
        fail(f"one of the two did it all: {shares}")
    front.port = port
    # A stream comes piece by piece.
    s = front.open_stream("/agents/llama/stream-completion",
                          {"message": "x"}, host="chat.example")
    if b"two" in receive(s, b'"one"'):
        fail("the stream was held back")
    with open(go_on, "wb"):
        pass
    receive(s, b"[DONE]")
    s.close()
    # Who leaves the proxy leaves the endpoint.
    s = front.open_stream("/agents/llama/stream-completion",
                          {"message": "x"}, host="chat.example")
    receive(s, b"half")
    s.close()

    def under_way():
        front.port = own
        return [server.metrics()["atllama_calls"] for server in two]

    until("it is left", lambda: under_way() == ["0", "0"])


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def part_nginx(bed):
    nginx = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
    if nginx is None:
        skip("nginx is not installed")
    with open(bed.options.source + "/share/deploy/nginx.conf",
              encoding="utf-8") as f:
        http = f.read()
    folder = bed.folder
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temps = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    behind(bed, lambda path: (nginx, "-c", path, "-p", folder, "-e",
                              folder + "/error.log"),
           f"daemon off;\npid {folder}/nginx.pid;\nevents {{ }}\nhttp {{\n"
           f"access_log off;\n{temps}{http}\n}}\n")


def part_haproxy(bed):
    haproxy = shutil.which("haproxy", path="/usr/sbin:" + os.environ["PATH"])
    if haproxy is None:
        skip("haproxy is not installed")
    with open(bed.options.source + "/share/deploy/haproxy.cfg",
              encoding="utf-8") as f:
        text = f.read()
    behind(bed, lambda path: (haproxy, "-f", path), text)


def part_systemd(bed):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        skip("systemd-analyze is not installed")
    folder = bed.options.source + "/share/deploy/"
    done = subprocess.run(
        (verify, "--user", "verify", folder + "atllama.service",
         folder + "atllama.socket"), text=True, capture_output=True,
        timeout=WAIT, check=False, env=bed.env)
    # That the manual is not installed is no fault of theirs.
    about = [line for line in done.stderr.splitlines()
             if "atllama" in line and "Command 'man" not in line]
    same("units", about, [])


NODE = """
const { OpenAI } = require("openai");
const client = new OpenAI({ baseURL: process.argv[2], apiKey: process.argv[3],
	maxRetries: 0 });
const messages = [{ role: "user", content: "Hello there" }];
(async () => {
	const whole = await client.chat.completions.create(
		{ model: "llama", messages });
	const stream = await client.chat.completions.create({ model: "llama",
		messages, stream: true, stream_options: { include_usage: true } });
	let text = "";
	for await (const chunk of stream)
		text += chunk.choices[0]?.delta?.content ?? "";
	const models = [];
	for await (const model of client.models.list())
		models.push(model.id);
	let code = "";
	try {
		await client.chat.completions.create({ model: "none", messages });
	} catch (e) {
		code = `${e.status} ${e.code}`;
	}
	const asked = [];
	const runner = client.chat.completions.runTools({ model: "llama", messages,
		tools: [{ type: "function", function: { name: "weather",
			parse: JSON.parse, parameters: { type: "object",
				properties: { city: { type: "string" } } },
			function: (a) => { asked.push(a.city); return "rain"; } } }] });
	const said = await runner.finalContent();
	console.log(JSON.stringify(
		[whole.choices[0].message.content, text, models, code, asked, said]));
})();
"""


def part_node(bed):
    """OpenAI's own client for JavaScript, where it is installed:
    npm install openai, and NODE_PATH says where."""
    node = shutil.which("node")
    paths = os.environ.get("NODE_PATH", "")
    if node is None or subprocess.run(
            (node, "-e", "require('openai')"), capture_output=True,
            check=False, timeout=WAIT,
            env=dict(bed.env, NODE_PATH=paths)).returncode != 0:
        skip("node or its package openai is not installed")
    server = bed.server(url=bed.endpoint(
        ECHO * 2 + calling(("c1", "weather", '{"city": "Rome"}')) +
        HEAD + "chat It rains.\nfinish\ndone\n").url)
    script = bed.folder + "/client.js"
    with open(script, "w", encoding="utf-8") as f:
        f.write(NODE)
    done = subprocess.run(
        (node, script, f"http://127.0.0.1:{server.port}/v1", server.token),
        text=True, capture_output=True, timeout=WAIT, check=False,
        env=dict(bed.env, NODE_PATH=paths))
    if done.returncode != 0:
        fail(done.stderr)
    seen = json.loads(done.stdout)
    same("models", seen.pop(2)[:2], ["llama", "guide"])
    same("what it saw", seen,
         ["Hello there", "Hello there", "404 model_not_found", ["Rome"],
          "It rains."])


main(vars())
