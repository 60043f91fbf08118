#!/usr/bin/env python3
"""Some hundred messages: what is found in each is what has to be.

Every message is read as it is, and out of a queue file made of it; both have
to give the same.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get("MQ_SRC", "."),
                                "tests", "content"))
import messages  # noqa: E402

DUMP = os.path.join(os.environ.get("MQ_BUILD", "."), "tests/content/dump")


def record(kind, data):
    """As Postfix writes it: seven bits of the length at a time."""
    length = len(data)
    head = bytearray(kind)
    while True:
        head.append(length & 127 | (128 if length > 127 else 0))
        length >>= 7
        if length == 0:
            return bytes(head) + data


def queue_file(text):
    """Lines without their newlines, cut where Postfix cuts them."""
    made = record(b"C", b"%15d %15d %15d %15d %15d" % (0, 0, 0, 0, 0))
    made += record(b"T", b"1700000000 0") + record(b"S", b"a@example.org")
    made += record(b"R", b"b@example.com") + record(b"M", b"")
    lines = text.split(b"\n")
    rest = lines.pop()
    for line in lines:
        while len(line) > 2048:
            made += record(b"L", line[:2048])
            line = line[2048:]
        made += record(b"N", line)
    if rest:
        made += record(b"L", rest)
    return made + record(b"X", b"") + record(b"E", b"")


def read_all(options, paths):
    done = subprocess.run([DUMP] + options + paths, check=True, timeout=600,
                          stdout=subprocess.PIPE)
    lines = done.stdout.decode("utf-8").splitlines()
    assert len(lines) == len(paths), "%d answers for %d messages" % (
        len(lines), len(paths))
    return [json.loads(line) for line in lines]


def header(found, name):
    for one in found["headers"]:
        if one[0].lower() == name.lower():
            return one
    return None


def value(found, name):
    one = header(found, name)
    return None if one is None else one[1]


class Wrong(Exception):
    """What is found is not what has to be."""


def same(what, found, wanted):
    if found != wanted:
        raise Wrong("%s: found %.300r, wanted %.300r" % (what, found, wanted))


def of_parts(name):
    return lambda found: [part[name] for part in found["parts"]]


LISTS = {"types": "type", "depths": "depth", "marks": "marks",
         "names": "name", "charsets": "charset", "sizes": "size",
         "sha": "sha256", "found": "found", "descriptions": "description"}


def check_texts(found, wanted):
    texts = [text["text"] for text in found["texts"]]
    if "texts" in wanted:
        same("texts", texts, wanted["texts"])
    for text in wanted.get("texts_have", []):
        if not any(text in one for one in texts):
            raise Wrong("no text has %r: %.300r" % (text, texts))
    for text in wanted.get("texts_lack", []):
        if any(text in one for one in texts):
            raise Wrong("a text has %r" % text)
    if "extra" in wanted:
        same("extra", [bool(text["extra"]) for text in found["texts"]],
             wanted["extra"])


def check_notices(found, wanted):
    notices = found["notices"]
    for kind, part, text in wanted["notices"]:
        if not any(one["kind"] == kind and one["part"] == part and
                   text in one["text"] for one in notices):
            raise Wrong("no notice %s of part %d with %r: %r" % (
                kind, part, text, notices))
    if len(notices) != len(wanted["notices"]):
        raise Wrong("other notices: %r" % notices)


def check(found, wanted):
    if "error" in found:
        raise Wrong(found["error"])
    if "subject" in wanted:
        same("subject", value(found, "Subject"), wanted["subject"])
    if "subject_has" in wanted and \
            wanted["subject_has"] not in value(found, "Subject"):
        raise Wrong("subject: %r" % value(found, "Subject"))
    if "hops" in wanted:
        same("hops", found["hops"], wanted["hops"])
    for name, text in wanted.get("header", {}).items():
        same(name, value(found, name), text)
    for name, raw in wanted.get("raw", {}).items():
        same(name, base64.b64decode(header(found, name)[2]), raw)
    if "header_names" in wanted:
        same("headers", [one[0] for one in found["headers"]],
             wanted["header_names"])
    for name, member in LISTS.items():
        if name in wanted:
            same(name, of_parts(member)(found), wanted[name])
    if "types_have" in wanted and wanted["types_have"] not in \
            of_parts("type")(found):
        raise Wrong("types: %r" % of_parts("type")(found))
    check_texts(found, wanted)
    if "notices" in wanted:
        check_notices(found, wanted)


def write(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def check_bytes(folder):
    """What is given of a part is what was put into it."""
    wanted = (("nested", 5, messages.PDF), ("zaoan", 1, "早安\n".encode()),
              ("message-encoded-subject", 2,
               b"Subject: =?utf-8?B?5pep5a6J?=\n\nx\n"),
              ("quoted-printable", 1, "grüße = long\n".encode()),
              ("uuencode-as-encoding", 1, b"Cat"))
    for name, number, data in wanted:
        for options, end in (([], ".eml"), (["-q"], ".queue")):
            found = subprocess.run(
                [DUMP, "-p", str(number)] + options +
                [os.path.join(folder, name + end)], check=True, timeout=60,
                stdout=subprocess.PIPE).stdout
            same("part %d of %s%s" % (number, name, end), found, data)
    gone = subprocess.run([DUMP, "-p", "9",
                           os.path.join(folder, "nested.eml")], timeout=60,
                          check=False, stderr=subprocess.PIPE)
    if gone.returncode != 1 or b"there is no part 9" not in gone.stderr:
        raise Wrong("part 9: %r" % gone.stderr)


def main():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        plain = [write(folder, name + ".eml", text)
                 for name, text, _ in messages.ALL]
        queue = [write(folder, name + ".queue", queue_file(text))
                 for name, text, _ in messages.ALL]
        results = read_all([], plain)
        from_queue = read_all(["-q"], queue)
        try:
            check_bytes(folder)
        except Wrong as why:
            print("FAIL: %s" % why)
            wrong += 1
    for (name, _, wanted), found, also in zip(messages.ALL, results,
                                              from_queue):
        try:
            check(found, wanted)
            same("out of the queue file", also, found)
        except Wrong as why:
            print("FAIL: %s: %s" % (name, why))
            wrong += 1
    print("%d messages, %d wrong" % (len(messages.ALL), wrong))
    return 1 if wrong or len(messages.ALL) < 120 else 0


if __name__ == "__main__":
    sys.exit(main())
