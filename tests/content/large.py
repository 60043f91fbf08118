#!/usr/bin/env python3
"""Messages that are too large to be kept: what is found in them, and that
neither time nor memory is taken without a bound.

With MQ_LONG=1 the attachment has 100 MB, without it 20.
"""

import base64
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile

DUMP = os.path.join(os.environ.get("MQ_BUILD", "."), "tests/content/dump")
LONG = os.environ.get("MQ_LONG") == "1"
MOST_MEMORY = 300 * 1024  # KB, of the worker: what limits.memory allows


def is_sanitized():
    """Sanitizers take memory and time of their own."""
    with open(DUMP, "rb") as program:
        return b"__asan_init" in program.read()


SANITIZED = is_sanitized()


def read(path, *options):
    """What is found, and the seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([DUMP] + list(options) + [path], check=True,
                          timeout=300, stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (json.loads(done.stdout.decode("utf-8")),
            after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime)


def want(condition, what):
    if not condition:
        sys.exit("FAIL: " + what)


def noticed(found, kind, text):
    return any(one["kind"] == kind and text in one["text"]
               for one in found["notices"])


def many_parts(path):
    """Ten thousand are shown, and there is a limit."""
    for count, shown in ((9000, 9001), (12000, 10000)):
        with open(path, "wb") as file:
            file.write(b"Subject: many\nContent-Type: multipart/mixed; "
                       b"boundary=x\n\n")
            for i in range(count):
                file.write(b"--x\n\npart %d\n" % i)
            file.write(b"--x--\n")
        found, seconds = read(path, "-w", "39")
        want(len(found["parts"]) == shown,
             "%d of %d parts" % (len(found["parts"]), count))
        want(len(found["texts"]) == shown - 1, "texts of parts")
        want(found["texts"][8999]["text"] in ("part 8999", "part 8999\n"),
             "text 8999: %r" % found["texts"][8999])
        want(noticed(found, "limit", "more than 10000 parts") ==
             (count > 10000), "notice of %d parts" % count)
        print("%d parts: %.2f s" % (count, seconds))


def deep(path):
    """A hundred in each other are shown, a thousand do no harm."""
    for kind in ("multipart", "message"):
        text = b"Content-Type: text/plain\n\nthe end\n"
        for i in range(1000, 0, -1):
            if kind == "message":
                text = b"Content-Type: message/rfc822\n\n" + text
            else:
                text = (b"Content-Type: multipart/mixed; boundary=b%d\n\n"
                        b"--b%d\n" % (i, i)) + text + b"\n--b%d--\n" % i
        with open(path, "wb") as file:
            file.write(b"Subject: deep\n" + text)
        found, seconds = read(path)
        want([one["depth"] for one in found["parts"]] == list(range(101)),
             "depths of %s: %d parts, %r" % (kind, len(found["parts"]),
                                             found["notices"]))
        want(noticed(found, "limit", "more than 100 deep"), "notice of depth")
        want(found["headers"][0][1] == "deep", "subject")
        print("depth 1000 of %s: %.2f s" % (kind, seconds))


def large_attachment(path):
    """Sized and digested, in the memory of a small one."""
    megabytes = 100 if LONG else 20
    digest = hashlib.sha256()
    block = bytes(range(57)) * 18396
    encoded = base64.encodebytes(block)
    with open(path, "wb") as file:
        file.write(b"Subject: large\nContent-Type: application/octet-stream\n"
                   b"Content-Transfer-Encoding: base64\n\n")
        for _ in range(megabytes):
            file.write(encoded)
            digest.update(block)
    found, seconds = read(path)
    part = found["parts"][0]
    want(part["size"] == megabytes * len(block), "size %d" % part["size"])
    want(part["sha256"] == digest.hexdigest(), "digest")
    want(found["notices"] == [], "notices: %r" % found["notices"])
    found, _ = read(path, "-d", "1000000")
    want(found["parts"][0]["sized"] == 0, "size over the limit")
    want(noticed(found, "limit", "too large"), "notice of size")
    print("%d MB of base64: %.2f s" % (megabytes, seconds))


def large_text(path):
    with open(path, "wb") as file:
        file.write(b"Subject: text\n\n" + b"some words in a row\n" * 1000000)
    found, seconds = read(path)
    want(sum(len(one["text"]) for one in found["texts"]) == 4 * 1024 * 1024,
         "text of 4 MiB")
    want(noticed(found, "limit", "cut off"), "notice of text")
    print("20 MB of text: %.2f s" % seconds)


def many_headers(path):
    """Linear: 500,000 headers, and 500,000 addresses in one."""
    with open(path, "wb") as file:
        file.write(b"Subject: first\n")
        file.write(b"Received: from a by b\n" * 500000)
        file.write(b"\nbody\n")
    found, seconds = read(path)
    want(found["hops"] == 500000, "hops %d" % found["hops"])
    want(found["texts"][0]["text"] == "body\n", "the body behind headers")
    want(seconds < 5, "500,000 headers take %.1f s" % seconds)
    print("500000 headers: %.2f s" % seconds)
    with open(path, "wb") as file:
        file.write(b"To: " + b"a@example.org,\n " * 500000 +
                   b"b@example.org\nSubject: behind\n\nbody\n")
    found, seconds = read(path)
    want(found["texts"][0]["text"] == "body\n", "the body behind addresses")
    want(seconds < 5, "500,000 addresses take %.1f s" % seconds)
    print("500000 addresses: %.2f s" % seconds)


def many_parameters(path):
    """What is too dear is not waited for, and the headers are there."""
    count = 10000 if SANITIZED else 100000
    with open(path, "wb") as file:
        file.write(b"Subject: first\nContent-Type: multipart/mixed; "
                   b"boundary=x\n\n--x\nContent-Type: text/plain;\n")
        for i in range(count):
            file.write(b" name*%d*=a;\n" % i)
        file.write(b"\nbody\n--x--\n")
    found, seconds = read(path)
    want(found["headers"][0][1] == "first", "subject")
    want(seconds < 30, "%d parameters take %.1f s" % (count, seconds))
    print("%d parameters: %.2f s, %r" % (
        count, seconds, [one["text"] for one in found["notices"]]))


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "message")
        for test in (many_parts, deep, large_attachment, large_text,
                     many_headers, many_parameters):
            test(path)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("most memory of a process: %d KB" % most)
    want(most < MOST_MEMORY or SANITIZED, "%d KB of memory" % most)


if __name__ == "__main__":
    main()
