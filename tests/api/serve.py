#!/usr/bin/env python3
"""atllama serve: what clients ask and get. See served.py."""
import json
import os
import socket

from served import (ECHO, HEAD, WAIT, calling, events, fail, has, main, receive,
                    same, until)


#
# Our own form
#

def part_own(bed):
    endpoint = bed.endpoint(ECHO)
    server = bed.server(url=endpoint.url)
    # A log is no terminal: the token is not for it.
    has("a token was made", server.text(), "it is kept in " + bed.token_file)
    if server.token in server.text():
        fail("the token is in the log")
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
    # A thread that was deleted begins anew.
    rows = json.loads(bed.run("list", "--json")[0])
    bed.run("delete", "--yes", max(rows, key=lambda r: r["messages"])["id"])
    server.complete({"message": "z", "thread_id": 7})
    same("after it was deleted", endpoint.said(), ["z"])
    same("log", [sorted(line) for line in server.lines()[:1]],
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
         (200, "big", 0.1, 0.9, 4, {"5": -1}, True))
    server.refused(path, dict(ask, model="gpt"), 404, "model_not_found")
    for name, value in (("n", 2), ("functions", [{}]), ("logprobs", True),
                        ("tool_choice", "required"), ("store", True),
                        ("A-b", 1)):
        server.refused(path, dict(ask, **{name: value}), 400, "bad_request",
                       told=f'"{name}"')
    agents = server.ask("/agents")[2]
    same("agents", [a["name"] for a in agents
                    if a["name"] in ("llama", "guide", "coder")
                    and a["ready"]], ["llama", "guide", "coder"])
    same("one model", server.ask("/v1/models/Big")[2]["error"]["code"],
         "model_not_found")
    for name in ("big", "CODER"):
        same("one model", server.ask("/v1/models/" + name)[2]["id"], "coder")
    same("models", [m["id"] for m in server.ask("/v1/models")[2]["data"]],
         [a["name"] for a in agents if a["ready"]])
    has("the guide", server.complete({"message": "How do I stream?"},
                                     agent="GUIDE")["message"], "manual")
    out, _ = bed.run("list", "--json")
    same("nothing saved of /v1", len(json.loads(out)), 1)
    # Our own program is a client like any other.
    out, _ = bed.run("--private", "-e", f"http://127.0.0.1:{server.port}/v1",
                     "-m", "coder", "Hello", LLAMA_API_KEY=server.token)
    same("atllama as a client", out, "Hello\n")


def part_window(bed):
    """What an endpoint said of its window goes on to clients."""
    error = {"code": 400, "message": "request (3199 tokens) exceeds the "
             "available context size (3072 tokens), try increasing it",
             "type": "exceed_context_size_error", "n_prompt_tokens": 3199,
             "n_ctx": 3072}
    endpoint = bed.endpoint(
        "answer\nstatus 400 Bad Request\nheader Content-Type: "
        "application/json\nbody " + json.dumps({"error": error}) + "\n")
    bed.config("agent coder {\n context = 9000\n}\n")
    server = bed.server(url=endpoint.url)
    def windows():
        return {m["id"]: m["context_length"]
                for m in server.ask("/v1/models")[2]["data"]}
    same("before", (windows()["llama"], windows()["coder"]), (128000, 9000))
    server.refused("/agents/llama/completion", {"message": "x"}, 400,
                   "context_length_exceeded")
    same("behind", (windows()["llama"], windows()["coder"]), (3072, 9000))


def part_tools(bed):
    """Tools of the client's: offered to the endpoint, called, answered."""
    arguments = '{"city": "Rom \\u00e9", "n": 1}'
    endpoint = bed.endpoint(
        calling(("c1", "weather", arguments), ("c2", "time", "{}")) +
        calling(("c1", "weather", arguments), (None, "time", "{}")) +
        ECHO + HEAD + "chat no tool\nfinish\ndone\n")
    server = bed.server("--cache", url=endpoint.url)
    path = "/v1/chat/completions"
    more = {"tools": [{"type": "function", "function": {
        "name": "weather", "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}}}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": True}
    ask = dict(more, model="llama",
               messages=[{"role": "user", "content": "Hi"}])
    _, _, data = server.ask(path, ask)
    sent = endpoint.bodies()[-1]
    same("what was offered", {k: sent[k] for k in more}, more)
    choice = data["choices"][0]
    same("the calls", (choice["finish_reason"], choice["message"]),
         ("tool_calls", {"role": "assistant", "content": None, "tool_calls": [
             {"id": known, "type": "function",
              "function": {"name": name, "arguments": text}}
             for known, name, text in (("c1", "weather", arguments),
                                       ("c2", "time", "{}"))]}))

    # Asked again it is called again: the cache gives no calls.
    _, _, data = server.ask(path, dict(
        ask, stream=True, stream_options={"include_usage": True}))
    chunks = [json.loads(text) for _, text in events(data)[:-1]]
    deltas = [c["choices"][0]["delta"] for c in chunks if c["choices"]]
    calls = [d["tool_calls"][0] for d in deltas if "tool_calls" in d]
    same("streamed", [(c["index"], c["function"]["name"],
                       c["function"]["arguments"]) for c in calls],
         [(0, "weather", arguments), (1, "time", "{}")])
    same("an id", (calls[0]["id"], calls[1]["id"][:5]), ("c1", "call_"))
    same("finish", chunks[-2]["choices"][0]["finish_reason"], "tool_calls")
    same("usage", chunks[-1]["usage"]["total_tokens"], 4)

    # What they returned goes on as it is, in its order.
    talk = ask["messages"] + [
        choice["message"],
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "tool", "tool_call_id": "c2", "content": ""}]
    _, _, data = server.ask(path, dict(ask, messages=talk,
                                       tool_choice="auto"))
    same("what was sent", endpoint.bodies()[-1]["messages"][1:], talk)
    same("nothing else is asked for", server.ask(path, ask)[2]["choices"][0][
        "message"], {"role": "assistant", "content": "no tool"})
    server.refused(path, dict(ask, model="guide"), 400, "bad_request",
                   told='"tools"')
    server.refused(path, dict(ask, messages=[
        {"role": "tool", "content": "x"}]), 400, "bad_request",
        told='"tool_call_id"')
    same("nothing saved", json.loads(bed.run("list", "--json")[0]), [])


def part_pool(bed):
    """An agent at two endpoints, of which one is down."""
    good = bed.endpoint(ECHO)
    down = bed.endpoint("answer\nstatus 500 No\nbody oops\n")
    bed.config(f'endpoint a {{ url = "{down.url}" }}\n'
               f'endpoint b {{ url = "{good.url}" }}\n'
               'pool both { endpoints = {a, b} }\n'
               'agent two { pool = both }\n')
    server = bed.server("-a", "two", "--retries", "0")
    for _ in range(5):
        seen = server.complete({"message": "x"}, agent="two")
        same("answer", (seen["agent"], seen["message"]), ("two", "x"))
    seen = server.metrics()
    same("endpoints", [seen['atllama_endpoint_up{pool="both",endpoint="'
                            + name + '"}'] for name in "ab"], ["0", "1"])


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
    ({"messages": [{"role": "tool", "tool_call_id": "c", "content": "x"}]},
     "bad_request"),
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
    same("a large head", server.ask("/healthz", Cookie="c" * 15000)[0], 200)
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


main(vars())
