#!/usr/bin/env python3
"""atllama serve: order, back-pressure, clients that leave, and its own end. See
served.py."""
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request

from served import (ECHO, HEAD, STALL, WAIT, fail, has, main, receive, same,
                    until)


def together(n, work):
    """Runs work(i) in n threads; failures are told."""
    wrong = []

    def run(i):
        try:
            work(i)
        except BaseException as e:  # pylint: disable=broad-except
            wrong.append(e)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if wrong:
        raise wrong[0]


def part_threads(bed):
    slow = HEAD + "framing chunked\nsleep 50\nchat done\nfinish\ndone\n"
    endpoint = bed.endpoint(slow)
    server = bed.server(url=endpoint.url)
    # One after the other in a thread, whatever the threads do meanwhile.
    together(12, lambda i: server.complete(
        {"message": f"m{i}", "thread_id": f"t{i % 3}"}))
    for name in ("t0", "t1", "t2"):
        server.complete({"message": "last", "thread_id": name})
        said = endpoint.said()
        same("turns", said[1::2], ["done"] * 4)
        same("questions", sorted(said[0:8:2]),
             sorted(f"m{i}" for i in range(12) if i % 3 == int(name[1])))
    # Different threads at once: ten of a second each would take ten.
    endpoint = bed.endpoint(HEAD + "framing chunked\nchat x\nstall\n")
    other = bed.server("--jobs", "20", url=endpoint.url)
    streams = [other.open_stream("/agents/llama/stream-completion",
                                 {"message": "x", "thread_id": i})
               for i in range(10)]
    for s in streams:
        receive(s, b'"message":"x"')
    same("under way", other.metrics()["atllama_calls"], "10")
    for s in streams:
        s.close()
    until("all have gone", lambda: other.metrics()["atllama_calls"] == "0")


def part_gone(bed):
    """A client that hangs up ends its request at the endpoint, and what had
    come is kept."""
    endpoint = bed.endpoint(STALL)
    server = bed.server(url=endpoint.url)
    for path in ("/agents/llama/stream-completion",
                 "/agents/llama/completion"):
        s = server.open_stream(path, {"message": "x", "thread_id": path})
        if "stream" in path:
            receive(s, b"half")
        asked = str(1 + ("stream" not in path))
        until("text has come", lambda: server.metrics()[
            "atllama_first_token_seconds_count"] == asked)
        s.close()
        until("it is left", lambda: server.metrics()["atllama_calls"] == "0")
    # One that was never asked: its turn had not come.
    first = server.open_stream("/agents/llama/stream-completion",
                               {"message": "a", "thread_id": "q"})
    receive(first, b"half")
    second = server.open_stream("/agents/llama/completion",
                                {"message": "b", "thread_id": "q"})
    until("both wait", lambda: server.metrics()["atllama_calls"] == "2")
    second.close()
    until("one waits", lambda: server.metrics()["atllama_calls"] == "1")
    first.close()
    until("none waits", lambda: server.metrics()["atllama_calls"] == "0")
    kinds = server.metrics()
    same("abandoned", kinds[
        'atllama_replies_total{agent="llama",outcome="abandoned"}'], "4")
    out, _ = bed.run("list", "--json")
    rows = json.loads(out)
    same("saved", sorted(row["messages"] for row in rows), [2, 2, 2])
    out, _ = bed.run("show", rows[0]["id"], "--json")
    same("what had come", [(m.get("outcome"), m["content"]) for m in
                           json.loads(out)][-1],
         ("stopped", "half"))


def part_slow(bed):
    """A client that does not read: the endpoint is slowed down, and the server
    does not swell."""
    endpoint = bed.endpoint(HEAD + "framing chunked\nstream 400000 " +
                            "0123456789 " * 20 + "\nfinish\ndone\n")
    server = bed.server("--private", url=endpoint.url)

    def resident():
        with open(f"/proc/{server.process.pid}/status",
                  encoding="utf-8") as f:
            return int(f.read().split("VmRSS:")[1].split()[0])

    before = resident()
    s = server.open_stream("/v1/chat/completions",
                           {"model": "llama", "stream": True, "messages":
                            [{"role": "user", "content": "x"}]})
    receive(s, b"0123456789")
    time.sleep(1)
    # 90 MB are on their way.
    grown = resident() - before
    if grown > 60000:
        fail(f"{grown} KiB more while nobody reads")
    same("still under way", server.metrics()["atllama_calls"], "1")
    # It goes on when it is read again.
    total = 0
    while total < 20e6:
        total += len(s.recv(1 << 20))
    s.close()
    until("it is left", lambda: server.metrics()["atllama_calls"] == "0")


def part_cache(bed):
    """What was asked before comes from the cache; equal questions at the same
    time are one."""
    endpoint = bed.endpoint(HEAD + "barrier 2\necho\n")
    server = bed.server("--cache", url=endpoint.url)

    def counted():
        seen = server.metrics()
        return [int(seen['atllama_cache_total{result="' + name + '"}'])
                for name in ("hit", "miss", "joined")]

    equal = [server.open_stream("/agents/llama/completion",
                                {"message": "equal"}) for _ in range(5)]
    until("four have joined the first", lambda: counted() == [0, 1, 4])
    server.complete({"message": "another"})
    answers = [receive(s, b"}\n") for s in equal]
    for s in equal:
        s.close()
    same("asked", len(endpoint.bodies()), 2)
    same("told", sorted(b'"cached":true' in a for a in answers),
         [False] + [True] * 4)
    for a in answers:
        has("answer", a, b'"message":"equal"')
    _, answer, data = server.ask("/v1/chat/completions", {
        "model": "llama", "messages": [{"role": "user", "content": "equal"}]})
    same("header", answer.getheader("Atllama-Cache"), "hit")
    same("text", data["choices"][0]["message"]["content"], "equal")
    _, _, data = server.ask("/agents/llama/stream-completion",
                            {"message": "equal"})
    has("stream", data, b'{"message":"equal"}')
    has("end of it", data, b'"cached":true')
    server.complete({"message": "equal", "temperature": 0})
    same("asked in the end", len(endpoint.bodies()), 3)
    same("counted", counted(), [6, 3, 4])


def part_guard(bed):
    """A guard judges what clients ask and get."""
    endpoint = bed.endpoint(HEAD + "chat Terrible words\nfinish\ndone\n")
    guard = bed.endpoint(
        HEAD.replace("answer", "answer POST /v1 having forbidden", 1) +
        "chat unsafe\\nS2\nfinish\ndone\n" +
        HEAD + "chat unsafe\\nS1\nfinish\ndone\n" +
        HEAD + "chat safe\nfinish\ndone\n" +
        HEAD + "chat unsafe\\nS10\nfinish\ndone\n" +
        HEAD + "chat safe\nfinish\ndone\n")
    bed.config(f"""defaults {{ guard = watch }}
endpoint guard {{ url = "{guard.url}" model = "g" }}
agent watch {{ endpoint = guard }}
""")
    server = bed.server(url=endpoint.url)
    told = server.complete({"message": "how?"}, status=400)
    same("code", told["error"]["code"], "content_filter")
    has("categories", told["error"]["message"], "question unsafe: S1 Violent")
    same("not asked", len(endpoint.bodies()), 0)
    _, _, data = server.ask("/agents/llama/stream-completion",
                            {"message": "how?"})
    has("of the reply", data["error"]["message"], "reply unsafe: S10 Hate")
    if "Terrible" in json.dumps(data):
        fail("what is unsafe was given to the client")
    same("answer", server.complete({"message": "how?"})["message"],
         "Terrible words")
    same("judged", len(guard.bodies()), 5)
    server.complete({"message": "forbidden", "thread_id": "g"}, status=400)
    server.complete({"message": "allowed", "thread_id": "g"})
    same("told with a later question", endpoint.said(), ["allowed"])


def part_busy(bed):
    endpoint = bed.endpoint(STALL)
    server = bed.server("--jobs", "1", url=endpoint.url)
    s = server.open_stream("/agents/llama/stream-completion", {"message": "x"})
    receive(s, b"half")
    for path, body in (("/agents/llama/completion", {"message": "y"}),
                       ("/v1/chat/completions", {"messages": []})):
        answer = server.refused(path, body, 503, "busy")
        same("Retry-After", answer.getheader("Retry-After"), "1")
    s.close()
    until("it is left", lambda: server.metrics()["atllama_calls"] == "0")


def part_upstream(bed):
    """Endpoints that fail."""
    def error(status, text, *headers):
        return (f"answer\nstatus {status} No\nheader Content-Type: "
                "application/json\n" + "".join(f"header {h}\n"
                                               for h in headers) +
                'body {"error":{"message":"' + text + '"}}\n')

    rows = [
        (error(401, "bad key"), 502, "upstream_refused_key"),
        (error(404, "no such model"), 502, "upstream_no_model"),
        (error(429, "slow down", "Retry-After: 7"), 429, "upstream_limit"),
        (error(500, "oops"), 502, "upstream_failed"),
        (error(503, "down"), 502, "upstream_failed"),
        ("answer\nheader Content-Type: text/html\nbody <html>Hi\n", 502,
         "upstream_failed"),
        ("answer\nreset\n", 502, "upstream_unreachable"),
        (HEAD + "chat half\n", 502, "reply_cut"),
        (HEAD + "done\n", 502, "upstream_failed"),
        (HEAD + "framing chunked\nstall\n", 504, "upstream_timeout"),
        ("answer\nstall\n", 504, "upstream_timeout"),
    ]
    for script, status, code in rows:
        endpoint = bed.endpoint(script)
        server = bed.server("--retries", "0", "--first-byte-timeout", "0.5",
                            url=endpoint.url)
        for path, body in (
                ("/agents/llama/completion", {"message": "x"}),
                ("/agents/llama/stream-completion", {"message": "x"}),
                ("/v1/chat/completions", {"model": "llama", "messages": [
                    {"role": "user", "content": "x"}]})):
            if code == "reply_cut" and "stream" in path:
                continue  # the status has left with the text
            answer = server.refused(path, body, status, code)
            if status == 429:
                same("Retry-After", answer.getheader("Retry-After"), "10")
        server.end()
        endpoint.end()
        bed.things.clear()
    # Nobody listens there.
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        server = bed.server("--retries", "0",
                            url=f"http://127.0.0.1:{port}/v1")
        server.refused("/agents/llama/completion", {"message": "x"}, 502,
                       "upstream_unreachable")
    # A part is told with the error.
    endpoint = bed.endpoint(HEAD + "chat half\n")
    server = bed.server(url=endpoint.url)
    seen = server.complete({"message": "x"}, status=502)
    same("the part", (seen["message"], seen["outcome"]), ("half", "cut"))


def part_stop(bed):
    """Replies under way are finished, or saved as far as they came."""
    endpoint = bed.endpoint(
        HEAD + "framing chunked\nchat one\nhold " + bed.folder + "/go-on\n"
        "chat two\nfinish\ndone\n")
    server = bed.server(url=endpoint.url)
    s = server.open_stream("/agents/llama/stream-completion",
                           {"message": "x", "thread_id": "a"})
    idle = server.connect()
    server.ask("/agents", connection=idle)
    receive(s, b'"one"')
    server.process.send_signal(signal.SIGTERM)
    until("it stops", lambda: server.ask("/healthz", connection=idle)[0] == 503
          if idle.sock else True)
    with open(bed.folder + "/go-on", "wb"):
        pass
    has("the rest", receive(s, b"[DONE]"), b'"outcome":"complete"')
    server.end()
    s.close()

    # The time of grace is over.
    endpoint = bed.endpoint(STALL)
    # Two signals that are equal may be told as one.
    for grace, signals in (("0.2", (signal.SIGINT,)),
                           ("300", (signal.SIGINT, signal.SIGTERM))):
        server = bed.server("--grace", grace, url=endpoint.url)
        s = server.open_stream("/agents/llama/stream-completion",
                               {"message": "x", "thread_id": "b" + grace})
        whole = server.open_stream("/agents/llama/completion",
                                   {"message": "x", "thread_id": "c" + grace})
        until("both have text", lambda: server.metrics()[
            "atllama_first_token_seconds_count"] == "2")
        for number in signals:
            server.process.send_signal(number)
        has("the stream", receive(s, b"[DONE]"), b'"code":"stopping"')
        seen = receive(whole, b"}\n")
        has("the whole answer", seen, b" 503 ")
        server.end()
    # At once: nobody is answered, and what had come is saved all the same.
    server = bed.server(url=endpoint.url)
    s = server.open_stream("/agents/llama/stream-completion",
                           {"message": "x", "thread_id": "d"})
    receive(s, b"half")
    for _ in range(3):
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.05)
    server.end()
    out, _ = bed.run("list", "--json")
    same("saved", sorted(row["messages"] for row in json.loads(out)),
         [2] * len(json.loads(out)))
    # And a server that is killed leaves it to the next program.
    server = bed.server(url=endpoint.url)
    s = server.open_stream("/agents/llama/stream-completion",
                           {"message": "x", "thread_id": "k"})
    receive(s, b"half")
    server.end(signal.SIGKILL, code=-signal.SIGKILL)
    out, _ = bed.run("show", "--last", "--json")
    same("recovered", json.loads(out)[-1]["content"], "half")


def part_reload(bed):
    endpoint = bed.endpoint(ECHO)
    stall = bed.endpoint(STALL)
    bed.config(f'endpoint slow {{ url = "{stall.url}" }}\n'
               'agent waits { endpoint = slow }\n')
    server = bed.server(url=endpoint.url)
    s = server.open_stream("/agents/waits/stream-completion",
                           {"message": "x"})
    receive(s, b"half")
    bed.config('agent fresh { model = "new" }\n')
    server.process.send_signal(signal.SIGHUP)
    until("it is read", lambda: "read again" in server.text())
    names = [a["name"] for a in server.ask("/agents")[2]]
    same("agents", ("fresh" in names, "waits" in names), (True, False))
    same("the new one", server.complete({"message": "y"},
                                        agent="fresh")["message"], "y")
    server.refused("/agents/waits/completion", {"message": "x"}, 404,
                   "unknown_agent")
    # What began with the old one goes on.
    same("under way", server.metrics()["atllama_calls"], "1")
    # A fault changes nothing; another token counts at once.
    bed.config("agent broken {\n nonsense = 1\n}\n")
    server.process.send_signal(signal.SIGHUP)
    until("it is refused", lambda: "stays as it was" in server.text())
    has("the place", server.text(), "config:2")
    server.complete({"message": "y"}, agent="fresh")
    bed.config("")
    with open(bed.token_file, "w", encoding="utf-8") as f:
        f.write("another-token-of-length\n")
    server.process.send_signal(signal.SIGHUP)
    until("it is read", lambda: server.ask("/agents")[0] == 401)
    server.token = "another-token-of-length"
    same("the new token", server.ask("/agents")[0], 200)
    s.close()
    server.end()
    # The next start takes what is there; one that is too short is refused.
    with open(bed.token_file, "w", encoding="utf-8") as f:
        f.write("short\n")
    _, err = bed.run("serve", "--listen", "127.0.0.1:0", code=3,
                     LLAMA_MODEL_ENDPOINT=endpoint.url)
    has("too short", err, "too short")
    os.chmod(bed.token_file, 0o644)
    _, err = bed.run("serve", "--listen", "127.0.0.1:0", code=3,
                     LLAMA_MODEL_ENDPOINT=endpoint.url)
    has("open to others", err, "chmod 600")


def part_unsaved(bed):
    endpoint = bed.endpoint(ECHO)
    server = bed.server("--private", url=endpoint.url)
    has("it says so", server.text(), "nothing is saved")
    seen = server.complete({"message": "x"})
    same("no thread", "thread_id" in seen, False)
    server.refused("/agents/llama/completion",
                   {"message": "x", "thread_id": "t"}, 400, "bad_request")
    server.end()
    same("no vault", os.path.exists(bed.folder + "/data/atllama/vault"), False)
    # A disk that fails: the answer is given with a notice, unless --strict.
    bed.server(url=endpoint.url).end()
    os.rename(bed.folder + "/data/atllama/vault/c",
              bed.folder + "/c") if os.path.exists(
                  bed.folder + "/data/atllama/vault/c") else None
    with open(bed.folder + "/data/atllama/vault/c", "wb"):
        pass
    server = bed.server(url=endpoint.url)
    seen = server.complete({"message": "x"})
    has("notice", seen["notice"], "NOT SAVED")
    same("answered", seen["message"], "x")
    server.end()
    # One that fails for replies as they come only: they are saved whole.
    os.unlink(bed.folder + "/data/atllama/vault/c")
    with open(bed.folder + "/data/atllama/vault/live", "wb"):
        pass
    server = bed.server(url=endpoint.url)
    seen = server.complete({"message": "y", "thread_id": "t"})
    same("no notice", "notice" in seen, False)
    server.complete({"message": "z", "thread_id": "t"})
    same("saved whole", endpoint.said(), ["y", "y", "z"])
    server.end()
    before = len(endpoint.requests())
    server = bed.server("--strict", url=endpoint.url)
    server.refused("/agents/llama/completion", {"message": "x"}, 503,
                   "not_saved")
    same("nothing was sent", len(endpoint.requests()), before)


def part_disk(bed):
    """A disk that stands still holds up who waits for it, and nobody else."""
    stop = bed.folder + "/stop"
    endpoint = bed.endpoint(ECHO)
    server = bed.server(url=endpoint.url, LD_PRELOAD=os.environ["SLOWDISK"],
                        ATL_DISK_STOPS=stop)
    server.complete({"message": "first", "thread_id": "t"})
    with open(stop, "wb"):
        pass
    saved = [server.open_stream("/agents/llama/completion",
                                {"message": "saved", "thread_id": i})
             for i in range(5)]
    until("they wait for the disk", lambda: int(
        server.metrics()["atllama_disk_waiting"]) >= 5)
    for _ in range(20):
        status, _, data = server.ask("/v1/chat/completions", {
            "model": "llama", "messages": [{"role": "user",
                                            "content": "unsaved"}]})
        same("others", (status, data["choices"][0]["message"]["content"]),
             (200, "unsaved"))
    same("still waiting", server.metrics()["atllama_calls"], "5")
    # One who leaves meanwhile is not asked any more.
    saved.pop().close()
    os.unlink(stop)
    for s in saved:
        has("in the end", receive(s, b"}\n"), b'"message":"saved"')
        s.close()
    until("all are over", lambda: server.metrics()["atllama_calls"] == "0")


def part_still(bed):
    """The same for an answer on the command line: what comes while the disk
    stands still is shown, and saved in the end."""
    stop = bed.folder + "/stop"
    endpoint = bed.endpoint(HEAD + "framing chunked\nchat one\nsleep 1100\n"
                            "barrier 2\nchat two\nchat three\nsleep 100\n"
                            "chat four\nbarrier 4\nfinish\ndone\n"
                            + HEAD + "barrier 2\n" + HEAD + "barrier 4\n")
    bed.run("list")

    def meet():
        urllib.request.urlopen(endpoint.url + "/models", timeout=WAIT).close()

    env = dict(bed.env, LLAMA_MODEL_ENDPOINT=endpoint.url,
               LD_PRELOAD=os.environ["SLOWDISK"], ATL_DISK_STOPS=stop)
    with subprocess.Popen([bed.options.atllama, "-q", "question"], env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
                          ) as asked:
        patience = threading.Timer(WAIT, asked.kill)
        patience.start()
        shown = os.read(asked.stdout.fileno(), 100)
        with open(stop, "wb"):
            pass
        meet()
        while b"four" not in shown:
            piece = os.read(asked.stdout.fileno(), 100)
            if not piece:
                fail(f"{shown!r} ended")
            shown += piece
        os.unlink(stop)
        meet()
        same("all of it", shown + asked.stdout.read(), b"onetwothreefour\n")
        patience.cancel()
    same("exit", asked.returncode, 0)
    has("saved", bed.run("show", "question")[0], "onetwothreefour")


main(vars())
