#!/usr/bin/env python3
"""One question from Python, through ctypes alone.

    LLAMA_MODEL_ENDPOINT=https://host/v1 LLAMA_API_KEY=... ./ask.py "Why?"
"""
import ctypes as c
import os
import sys

LIBRARY = os.environ.get("LIBATLLAMA", "libatllama.so.0")


class Error(c.Structure):
    _fields_ = [("code", c.c_int), ("message", c.c_char * 1024)]


class Message(c.Structure):
    _fields_ = [("role", c.c_char_p), ("content", c.c_char_p),
                ("documents", c.c_void_p), ("document_count", c.c_size_t)]


class Event(c.Structure):
    _fields_ = [("type", c.c_int), ("text", c.POINTER(c.c_char)),
                ("size", c.c_size_t), ("name", c.c_char_p)]


EVENT_FN = c.CFUNCTYPE(c.c_int, c.POINTER(Event), c.c_void_p)
EVENT_TEXT = 1


class Options(c.Structure):
    """The fields of version 1, in their order; what they mean and what an
    empty one stands for is in atllama.h."""
    _fields_ = [
        ("version", c.c_uint), ("name", c.c_char_p), ("endpoint", c.c_char_p),
        ("model", c.c_char_p), ("api_key", c.c_char_p),
        ("auth_header", c.c_char_p), ("headers", c.c_void_p),
        ("system", c.c_char_p), ("temperature", c.c_double),
        ("max_tokens", c.c_int64), ("context", c.c_int64),
        ("stream", c.c_int), ("retries", c.c_int),
        ("connect_timeout_ms", c.c_int64),
        ("first_byte_timeout_ms", c.c_int64), ("idle_timeout_ms", c.c_int64),
        ("ca_file", c.c_char_p), ("client_cert", c.c_char_p),
        ("client_key", c.c_char_p), ("pin", c.c_char_p),
        ("proxy", c.c_char_p), ("insecure_http_host", c.c_char_p),
        ("http11", c.c_int), ("no_stream_options", c.c_int),
        ("fixed_context", c.c_int), ("max_wait_ms", c.c_int64),
        ("renew_key", c.c_void_p), ("renew_payload", c.c_void_p),
        ("record", c.c_char_p), ("replay", c.c_char_p),
        ("replay_speed", c.c_double), ("parameters", c.c_char_p),
        ("schema", c.c_char_p), ("language", c.c_char_p),
        ("images", c.c_int)]

    def __init__(self, **given):
        super().__init__(version=1, temperature=0.7, max_tokens=4096,
                         context=128000, stream=1, retries=2,
                         connect_timeout_ms=15000,
                         first_byte_timeout_ms=600000,
                         idle_timeout_ms=120000, max_wait_ms=120000)
        for name, value in given.items():
            setattr(self, name, value)


def load():
    lib = c.CDLL(LIBRARY)
    lib.atl_reply_text.restype = c.c_char_p
    for name in ("atl_agent_free", "atl_reply_free", "atl_reply_text"):
        getattr(lib, name).argtypes = [c.c_void_p]
    lib.atl_agent_create.argtypes = [
        c.POINTER(c.c_void_p), c.POINTER(Options), c.POINTER(Error)]
    lib.atl_agent_stream.argtypes = [
        c.c_void_p, c.POINTER(Message), c.c_size_t, EVENT_FN, c.c_void_p,
        c.POINTER(c.c_void_p), c.POINTER(Error)]
    return lib


@EVENT_FN
def on_event(event, _):
    if event.contents.type == EVENT_TEXT:
        sys.stdout.buffer.write(
            c.string_at(event.contents.text, event.contents.size))
        sys.stdout.flush()
    return 0


def main():
    lib = load()
    agent, reply, error = c.c_void_p(), c.c_void_p(), Error()
    options = Options(
        endpoint=os.environ.get("LLAMA_MODEL_ENDPOINT", "").encode(),
        api_key=os.environ.get("LLAMA_API_KEY", "").encode() or None)
    text = sys.argv[1] if len(sys.argv) > 1 else "Design an onboarding process"
    ask = (Message * 1)(Message(b"user", text.encode()))
    code = lib.atl_agent_create(c.byref(agent), c.byref(options),
                                c.byref(error))
    if code == 0:
        code = lib.atl_agent_stream(agent, ask, 1, on_event, None,
                                    c.byref(reply), c.byref(error))
        print()
    if code != 0:
        print(f"ask.py: {error.message.decode()}", file=sys.stderr)
    lib.atl_reply_free(reply)
    lib.atl_agent_free(agent)
    return code


if __name__ == "__main__":
    sys.exit(main())
