"""Messages, and what has to be found in them.

Each is made here, so that what is expected comes from Python's own codecs and
from what is written beside it, and from nothing of the library's.
"""

import base64
import hashlib
import quopri
import struct
import zlib

MULTIPART, MESSAGE, ATTACHMENT, SIGNED, ENCRYPTED, SIGNATURE, CALENDAR, \
    TNEF, UUENCODE, ARCHIVE, EXECUTABLE, DIFFERS, LOCKED = (
        1 << bit for bit in range(13))

ALL = []

PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
PNG = (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"
       b"\x90wS\xde")
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0;"
EXE = (b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0\x4c\x01" +
       bytes(18) + b"\x0b\x01" + bytes(200))
ELF = (b"\x7fELF\x02\x01\x01" + bytes(9) +
       struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400000, 64, 0, 0, 64, 56, 0,
                   64, 0, 0) + bytes(64))


def case(name, message, **expected):
    """One message (bytes), and what has to be so of it."""
    if isinstance(message, str):
        message = message.encode()
    assert name not in [other[0] for other in ALL], name
    ALL.append((name, message, expected))


def mail(body, subject="test", headers="", mime="text/plain; charset=us-ascii",
         encoding=None):
    """A message of one part."""
    lines = ["From: Tony <tony@example.com>", "To: amy@example.org"]
    if subject is not None:
        lines.append("Subject: " + subject)
    if headers:
        lines.append(headers)
    lines.append("MIME-Version: 1.0")
    if mime:
        lines.append("Content-Type: " + mime)
    if encoding:
        lines.append("Content-Transfer-Encoding: " + encoding)
    head = "\n".join(lines).encode("utf-8", "surrogateescape") + b"\n\n"
    return head + (body.encode() if isinstance(body, str) else body)


def b64(data):
    return base64.encodebytes(data)


def part(body, mime="text/plain", extra="", encoding=None):
    head = "Content-Type: " + mime + "\n" if mime else ""
    if encoding:
        head += "Content-Transfer-Encoding: " + encoding + "\n"
    if extra:
        head += extra + "\n"
    return head.encode() + b"\n" + (body.encode() if isinstance(body, str)
                                    else body)


def attached(data, mime, name):
    return part(b64(data), mime,
                'Content-Disposition: attachment; filename="%s"' % name,
                "base64")


def multi(parts, kind="mixed", boundary="=-x", close=True, extra=""):
    body = b""
    for one in parts:
        body += b"--" + boundary.encode() + b"\n" + one + b"\n"
    if close:
        body += b"--" + boundary.encode() + b"--\n"
    return body, 'multipart/%s; boundary="%s"%s' % (kind, boundary, extra)


def multimail(parts, kind="mixed", **more):
    body, mime = multi(parts, kind, **more)
    return mail(body, mime=mime)


def sha(data):
    return hashlib.sha256(data).hexdigest()


# ---- headers

case("plain", mail("hello\n"), subject="test", types=["text/plain"],
     texts=["hello\n"], notices=[], hops=0, sizes=[6], sha=[sha(b"hello\n")])
case("zaoan", "Date: Sun, 22 Nov 2026 10:00:00 +0000\n"
     "To: tony@example.com\nSubject: =?UTF-8?B?5pep5a6J?=\n"
     "MIME-Version: 1.0\nContent-Type: text/plain; charset=\"utf-8\"\n"
     "Content-Transfer-Encoding: 8bit\n\n早安\n",
     subject="早安", texts=["早安\n"], notices=[])
case("zaoan-raw", "To: tony@example.com\nSubject: 早安\n\n早安\n",
     subject="早安", texts=["早安\n"], notices=[])
case("subject-q", mail("x", "=?iso-8859-1?Q?caf=E9_au_lait?="),
     subject="café au lait")
case("subject-mixed-words", mail("x", "re: =?utf-8?q?gr=C3=BC=C3=9Fe?= and "
                                 "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= end"),
     subject="re: grüße and 日本 end")
case("subject-adjacent", mail("x", "=?utf-8?q?one?= =?utf-8?q?two?="),
     subject="onetwo")
_raw = "早安朋友".encode()
case("subject-split-character",
     mail("x", "=?utf-8?B?%s?=\n =?utf-8?B?%s?=" % (
         base64.b64encode(_raw[:4]).decode(),
         base64.b64encode(_raw[4:]).decode())),
     subject="早安朋友")
case("subject-split-q",
     mail("x", "=?utf-8?Q?=E6=97?= =?utf-8?Q?=A9=E5=AE=89?="),
     subject="早安")
case("subject-folded", mail("x", "a\n b\n\tc"), subject="a b\tc")
case("subject-empty", mail("x", ""), subject="")
case("subject-none", mail("x", None), subject=None)
case("subject-unknown-charset", mail("x", "=?x-nobody-knows?Q?abc=E9?="),
     subject_has="abc")
case("subject-bad-base64", mail("x", "=?utf-8?B?!!!!?= end"),
     subject_has="end")
case("subject-unfinished-word", mail("x", "=?utf-8?B?5pep"),
     subject="=?utf-8?B?5pep")
case("subject-latin1-bytes",
     b"Subject: caf\xe9\n\nx\n", subject="café")
case("subject-word-in-word", mail("x", "=?utf-8?Q?a =?utf-8?Q?b?="),
     subject="=?utf-8?Q?a b")
case("subject-question-mark", mail("x", "=?utf-8?Q?what??="), subject="what?")
case("subject-blank-in-word", mail("x", "=?utf-8?Q?a b_c?="),
     subject="a b c")
case("subject-many-words", mail("x", "=?utf-8?Q?=41?= " * 3000),
     subject="A" * 3000)
case("subject-many-beginnings", mail("x", "=?a?Q?" * 10000),
     subject="=?a?Q?" * 10000)
case("subject-nul", b"Subject: a\0b\n\nx\n", subject_has="b")
case("subject-escape", b"Subject: \x1b]0;owned\x07\n\nx\n",
     subject="\x1b]0;owned\x07", notices=[("disguise", 0, "Subject")])
case("subject-invalid-utf8-word", mail("x", "=?utf-8?Q?a=FFb?="),
     subject_has="a")
case("subject-language", mail("x", "=?utf-8*en?Q?h=C3=A9?="), subject="hé")
case("subject-long", mail("x", "w " * 40000), notices=[("limit", 0, "header")])
case("subject-lower-b", mail("x", "=?utf-8?b?5pep5a6J?="), subject="早安")
for _charset, _text in (
        ("iso-2022-jp", "日本語のメール"), ("euc-jp", "日本語"),
        ("shift_jis", "日本語"), ("gb2312", "中文"), ("gb18030", "中文𠀀"),
        ("gbk", "中文"), ("big5", "早安"), ("euc-kr", "한국어"),
        ("koi8-r", "Привет"), ("koi8-u", "Привіт"),
        ("windows-1251", "Привет"), ("windows-1252", "€uro"),
        ("iso-8859-2", "Łódź"), ("iso-8859-5", "Привет"),
        ("iso-8859-7", "Ελλάδα"), ("iso-8859-8", "שלום"),
        ("iso-8859-9", "İstanbul"), ("iso-8859-15", "€œ"),
        ("windows-1250", "Łódź"), ("windows-1253", "Ελλάδα"),
        ("windows-1255", "שלום"), ("windows-1256", "سلام"),
        ("tis-620", "ไทย"), ("iso-2022-kr", "한국어"),
        ("utf-16", "早安"), ("utf-7", "早安"), ("cp866", "Привет"),
        ("big5-hkscs", "早安")):
    _bytes = _text.encode(_charset)
    _word = "=?%s?B?%s?=" % (_charset, base64.b64encode(_bytes).decode())
    case("charset-" + _charset,
         mail(b64(_bytes + (b"" if _charset.startswith("utf-16")
                            else b"\n")), _word,
              mime="text/plain; charset=" + _charset, encoding="base64"),
         subject=_text, texts=[_text + ("" if _charset.startswith("utf-16")
                                        else "\n")],
         charsets=[_charset], notices=[])
case("iso-2022-jp-7bit", mail("日本語\n".encode("iso-2022-jp"),
                              mime="text/plain; charset=ISO-2022-JP",
                              encoding="7bit"), texts=["日本語\n"], notices=[])
case("windows-1252-called-utf-8",
     mail("it\u2019s 5 \u20ac\n".encode("windows-1252"),
          mime="text/plain; charset=utf-8", encoding="8bit"),
     texts=["it\u2019s 5 \u20ac\n"],
     notices=[("charset", 1, "it is not utf-8; read as windows-1252")])
case("windows-1252-called-latin1",
     mail("it\u2019s\n".encode("windows-1252"),
          mime="text/plain; charset=iso-8859-1", encoding="8bit"),
     texts=["it\u2019s\n"], notices=[])
case("bytes-without-charset", mail("grüße\n".encode("latin-1"), mime=None),
     texts=["grüße\n"], notices=[("charset", 1, "it is not us-ascii")])
case("utf-8-without-charset", mail("grüße\n", mime=None), texts=["grüße\n"],
     notices=[])
case("unknown-charset", mail(b"a\x9bb\n", mime="text/plain; charset=x-klingon",
                             encoding="8bit"),
     texts=["a<9B>b\n"], notices=[("charset", 1, "x-klingon is not known")])
case("charset-of-iconv-not-loaded",
     mail(b"a\x9b\n", mime="text/plain; charset=ibm1047", encoding="8bit"),
     texts=["a<9B>\n"], notices=[("charset", 1, "ibm1047 is not known")])
case("charset-with-options", mail(b"a\xe9\n",
                                  mime='text/plain; charset="utf-8//IGNORE"'),
     texts=["a<E9>\n"], notices=[("charset", 1, "not known")])
case("charset-path", mail(b"a\xe9\n",
                          mime='text/plain; charset="../../etc/passwd"'),
     texts=["a<E9>\n"], notices=[("charset", 1, "not known")])
case("charset-damaged", mail("日本".encode("euc-jp") + b"\xff ok\n",
                             mime="text/plain; charset=euc-jp",
                             encoding="8bit"),
     texts=["日本\ufffd ok\n"], notices=[("charset", 1, "no euc-jp")])

# ---- shape of a message

case("empty", b"", subject=None, texts=[], notices=[])
case("no-headers", "\njust text\n", subject=None, texts=["just text\n"])
case("no-body", "Subject: only\n", subject="only", texts=[])
case("no-body-blank", "Subject: only\n\n", subject="only", texts=[])
case("no-blank-line", "Subject: a\nthis is no header\nmore\n", subject="a",
     texts=["this is no header\nmore\n"])
case("text-only", "this is no header\nmore\n", subject=None,
     texts=["this is no header\nmore\n"])
case("no-newline-at-end", "Subject: a\n\nbody", subject="a", texts=["body"])
case("header-without-end", "Subject: a", subject="a", texts=[])
case("crlf", b"Subject: a\r\n b\r\n\r\nline\r\nline\r\n", subject="a b",
     texts=["line\nline\n"], plain=True)
case("cr-without-lf", b"Subject: a\n\none\rtwo\r\rthree\n", subject="a",
     texts=["one\ntwo\n\nthree\n"])
case("cr-in-header", b"Subject: a\rBcc: b\n\nx\n", subject="a\rBcc: b",
     header_names=["Subject"])
case("nul-in-body", b"Subject: a\n\none\0two\n", texts=["one\ufffdtwo\n"])
case("from-line", "From tony Mon Jan  1 00:00:00 2026\nSubject: a\n\nx\n",
     subject="a", header_names=["Subject"])
case("blank-before-colon", "Subject : a\n\nx\n", subject="a")
case("same-header-twice", "Subject: first\nSubject: second\n\nx\n",
     subject="first", header_names=["Subject", "Subject"])
case("hops", "".join("Received: from %d\n" % i for i in range(31)) +
     "Subject: a\n\nx\n", hops=31, notices=[("hops", 0, "31 hops")])
case("hops-allowed", "".join("received: from %d\n" % i for i in range(30)) +
     "Subject: a\n\nx\n", hops=30, notices=[])
case("long-line", mail("x" * 100000 + "\n"), texts=["x" * 100000 + "\n"])
case("header-name-odd", "X-!#$%&'*+: y\nSubject: a\n\nx\n", subject="a",
     header_names=["X-!#$%&'*+", "Subject"])
case("smtputf8-address", "From: 佐藤 <佐藤@例え.jp>\nSubject: a\n\nx\n",
     header={"From": "佐藤 <佐藤@例え.jp>"}, notices=[])
case("raw-is-kept", "Subject: =?utf-8?q?a?=\n b\n\nx\n", subject="a b",
     raw={"Subject": b" =?utf-8?q?a?=\n b"})
case("too-many-headers",
     "".join("X-%d: y\n" % i for i in range(10500)) + "Subject: a\n\nbody\n",
     notices=[("limit", 0, "more headers")], texts=["body\n"])
case("headers-beyond-limit", "X-A: " + "y" * 1200000 +
     "\nReceived: from a\nSubject: a\n\nbody\n",
     hops=1, notices=[("limit", 0, "more headers")], texts=["body\n"])

# ---- encodings

case("base64", mail(b64(b"hello\n"), encoding="base64"), texts=["hello\n"],
     sizes=[6], notices=[])
case("base64-no-newlines", mail(base64.b64encode(b"a" * 3000),
                                encoding="base64"), texts=["a" * 3000])
case("base64-strange", mail(b"aGVs*!bG8K\n", encoding="BASE64"),
     texts=["hello\n"], notices=[("damaged", 1, "no base64")])
case("base64-cut-off", mail(b64(b"hello world, this is long\n")[:-6],
                            encoding="base64"),
     texts_have=["hello world"], notices=[("damaged", 1, "cut off")])
case("quoted-printable", mail(quopri.encodestring("grüße = long\n".encode()),
                              mime="text/plain; charset=utf-8",
                              encoding="quoted-printable"),
     texts=["grüße = long\n"], notices=[])
case("quoted-printable-soft", mail("one =\ntwo=20\nthree=3D\n",
                                   encoding="quoted-printable"),
     texts=["one two \nthree=\n"])
case("quoted-printable-broken", mail("a=ZZb=\n", encoding="quoted-printable"),
     texts_have=["a=ZZb"])
case("encoding-unknown", mail("as it is\n", encoding="x-own"),
     texts=["as it is\n"])
case("encoding-binary", mail("as it is\n", encoding="binary"),
     texts=["as it is\n"])
_uu = (b"begin 644 a.exe\n#0V%T\n`\nend\n")
case("uuencoded-in-text", mail(b"see below\n\n" + _uu), marks=[
    UUENCODE | EXECUTABLE], names=["a.exe"],
    notices=[("executable", 1, "a.exe")])
case("uuencode-as-encoding", mail(_uu.replace(b"a.exe", b"cat.txt"),
                                  encoding="x-uuencode"), texts=["Cat"])
case("begin-in-text", mail("begin 644 words\nthat go on like this\n"),
     marks=[0])

# ---- parts

case("mixed", multimail([part("one"), part("two")]),
     types=["multipart/mixed", "text/plain", "text/plain"],
     depths=[0, 1, 1], texts=["one", "two"], marks=[MULTIPART, 0, 0])
case("alternative", multimail([part("plain\n"),
                               part("<p>html</p>\n", "text/html")],
                              "alternative"),
     types=["multipart/alternative", "text/plain", "text/html"],
     texts=["plain\n", "html\n"], extra=[False, True])
case("alternative-empty-plain", multimail([part(" \n"),
                                           part("<p>html</p>", "text/html")],
                                          "alternative"),
     texts=["html\n"], extra=[False])
case("alternative-calendar",
     multimail([part("come\n"), part("<b>come</b>", "text/html"),
                part("BEGIN:VCALENDAR\nEND:VCALENDAR\n",
                     "text/calendar; method=REQUEST")], "alternative"),
     marks=[MULTIPART, 0, 0, CALENDAR])
_inner, _inner_mime = multi([part("plain\n"), part("<html>h</html>", "text/html")],
                            "alternative", "=-y")
case("nested", multimail([part(_inner, _inner_mime),
                          attached(PDF, "application/pdf", "a.pdf")]),
     types=["multipart/mixed", "multipart/alternative", "text/plain",
            "text/html", "application/pdf"], depths=[0, 1, 2, 2, 1],
     names=["", "", "", "", "a.pdf"], sizes=[0, 0, 6, 14, len(PDF)],
     sha=["", "", sha(b"plain\n"), sha(b"<html>h</html>"), sha(PDF)],
     found=["", "", "text/plain", "text/html", "application/pdf"],
     notices=[])
_rel, _rel_mime = multi([part('<p>x<img src="cid:1" alt="logo"></p>',
                              "text/html"),
                         part(b64(PNG), "image/png", "Content-Id: <1>",
                              "base64")], "related", "=-r")
case("related", multimail([part("plain"), part(_rel, _rel_mime)],
                          "alternative"),
     types=["multipart/alternative", "text/plain", "multipart/related",
            "text/html", "image/png"], texts=["plain", "x[logo]\n"],
     extra=[False, True])
case("unclosed", multimail([part("one"), part("two\n")], close=False),
     types=["multipart/mixed", "text/plain", "text/plain"])
case("boundary-missing", mail("--x\n\ntext\n--x--\n", mime="multipart/mixed"),
     types_have="multipart/mixed")
case("boundary-prefix", multimail([part("one\n--=-xtra\nstill one\n")]),
     texts_have=["still one"])
case("boundary-blank", mail("--a b\n\none\n--a b--\n",
                            mime='multipart/mixed; boundary="a b"'),
     texts_have=["one"])
case("no-parts", mail("nothing here\n", mime='multipart/mixed; boundary="q"'),
     types=["multipart/mixed"])
case("digest", multimail([part("Subject: in\n\nbody\n", None)], "digest"),
     types=["multipart/digest", "message/rfc822", "text/plain"],
     descriptions=["", "in", ""], depths=[0, 1, 2])
_chain = b"Subject: last\n\nend\n"
for _level in range(5):
    _chain = (b"Subject: level %d\nContent-Type: message/rfc822\n\n" %
              _level) + _chain
case("message-chain", _chain, subject="level 4",
     types=["message/rfc822"] * 5 + ["text/plain"],
     depths=[0, 1, 2, 3, 4, 5],
     descriptions=["level 3", "level 2", "level 1", "level 0", "last", ""],
     texts=["end\n"])
case("message-encoded-subject",
     multimail([part("Subject: =?utf-8?B?5pep5a6J?=\n\nx\n",
                     "message/rfc822")]),
     descriptions=["", "早安", ""])
case("bounce", multimail([part("failed\n"),
                          part("Reporting-MTA: dns; x\n",
                               "message/delivery-status"),
                          part("Subject: in\n\nbody\n", "message/rfc822")],
                         'report', extra="; report-type=delivery-status"),
     types=["multipart/report", "text/plain", "message/delivery-status",
            "message/rfc822", "text/plain"])
case("partial", mail("piece", mime='message/partial; id="a"; number=1; '
                     'total=2'), types=["message/partial"])
case("external", mail("x", mime='message/external-body; access-type=URL'),
     types=["message/external-body"])
case("type-upper-case", mail("x", mime="TEXT/PLAIN; CHARSET=UTF-8"),
     types=["text/plain"], charsets=["utf-8"])
case("type-nonsense", mail("x", mime="nonsense"), types=["text/plain"],
     lax=True)
case("type-empty", mail("x", mime=" "), types=["text/plain"])
case("type-twice", mail("x", headers="Content-Type: text/html"))
case("type-comment", mail("x", mime="text/plain (a comment); charset=utf-8"),
     types=["text/plain"])

# ---- names

for _name, _disposition, _wanted in (
        ("quoted", 'filename="a b.txt"', "a b.txt"),
        ("bare", "filename=a.txt", "a.txt"),
        ("2231", "filename*=utf-8''%E6%97%A9%E5%AE%89.pdf", "早安.pdf"),
        ("2231-parts", 'filename*0="very"; filename*1="long.pdf"',
         "verylong.pdf"),
        ("2231-both", "filename*0*=utf-8''%E6%97; filename*1*=%A9.pdf",
         "早.pdf"),
        ("2231-latin1", "filename*=iso-8859-1''caf%E9.txt", "café.txt"),
        ("2047", 'filename="=?utf-8?B?5pep5a6JLnBkZg==?="', "早安.pdf"),
        ("utf8", 'filename="早安.pdf"', "早安.pdf"),
        ("path", 'filename="../../etc/cron.d/x"', "../../etc/cron.d/x"),
        ("backslash", 'filename="a\\"b.txt"', 'a"b.txt'),
        ("dash", 'filename="-rf"', "-rf")):
    case("name-" + _name,
         multimail([part("x", "application/octet-stream",
                         "Content-Disposition: attachment; " +
                         _disposition)]),
         names=["", _wanted], marks=[MULTIPART, ATTACHMENT], notices=[])
case("name-of-type", multimail([part("x", 'text/plain; name="a.txt"')]),
     names=["", "a.txt"], marks=[MULTIPART, ATTACHMENT])
case("name-bidi", multimail([attached(PDF, "application/pdf",
                                      "cod\u202efdp.exe.pdf")]),
     notices=[("disguise", 2, "direction of writing")])
case("name-many-parameters",
     multimail([part("x", "text/plain; " + "; ".join(
         "a%d=b" % i for i in range(2000)))]),
     types=["multipart/mixed", "text/plain"])

# ---- what a part is

case("pdf-that-is-a-program",
     multimail([attached(EXE, "application/pdf", "invoice.pdf")]),
     marks=[MULTIPART, ATTACHMENT | EXECUTABLE | DIFFERS],
     notices=[("differs", 2, "application/pdf"),
              ("executable", 2, "invoice.pdf: a program")])
case("program-by-name", multimail([part("x", "application/octet-stream",
                                        'Content-Disposition: attachment; '
                                        'filename="run.SCR  "')]),
     notices=[("executable", 2, "by its name")])
case("program-elf", multimail([attached(ELF, "application/octet-stream",
                                        "tool")]),
     notices=[("executable", 2, "a program")])
case("script", multimail([attached(b"#!/bin/sh\nrm -rf /\n", "text/plain",
                                   "notes")]),
     notices=[("executable", 2, "x-shellscript")])
case("two-extensions", multimail([attached(EXE, "application/octet-stream",
                                           "photo.jpg.exe")]),
     notices=[("executable", 2, "photo.jpg.exe")])
case("image", multimail([attached(PNG, "image/png", "a.png")]), notices=[],
     found=["", "image/png"])
case("image-other-kind", multimail([attached(GIF, "image/png", "a.png")]),
     notices=[], found=["", "image/gif"])
case("image-that-is-html",
     multimail([attached(b"<html><body><script>1</script></body></html>\n",
                         "image/png", "a.png")]),
     notices=[("differs", 2, "text/html")])


def zipped(name, data, flags=0):
    squeezed = zlib.compress(data, 9)[2:-4]
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, flags, 8, 0, 0,
                       zlib.crc32(data), len(squeezed), len(data), len(name),
                       0) + name + squeezed


case("zip", multimail([attached(zipped(b"a.txt", bytes(range(256))), "application/zip",
                                "a.zip")]),
     marks=[MULTIPART, ATTACHMENT | ARCHIVE], notices=[])
case("zip-locked",
     multimail([attached(zipped(b"a.txt", bytes(range(256)), 1), "application/zip",
                         "a.zip")]),
     marks=[MULTIPART, ATTACHMENT | ARCHIVE | LOCKED],
     notices=[("locked", 2, "password")])
case("zip-second-locked",
     multimail([attached(zipped(b"a.txt", bytes(range(256))) +
                         zipped(b"b.txt", bytes(range(256)), 1), "application/zip",
                         "a.zip")]), notices=[("locked", 2, "password")])
_bomb = zipped(b"zero", bytes(64 * 1024 * 1024))
case("zip-bomb", multimail([attached(_bomb, "application/zip", "a.zip")]),
     sizes=[0, len(_bomb)], notices=[],
     marks=[MULTIPART, ATTACHMENT | ARCHIVE])
_gzip = zlib.compressobj(9, zlib.DEFLATED, 31)
_gz = _gzip.compress(bytes(64 * 1024 * 1024)) + _gzip.flush()
case("gzip-bomb", multimail([attached(_gz, "application/gzip", "a.gz")]),
     sizes=[0, len(_gz)], found=["", "application/gzip"], notices=[])
case("rar-locked", multimail([attached(
    b"Rar!\x1a\x07\0" + b"\xce\x99\x73" + b"\x80\0" + bytes(20),
    "application/x-rar", "a.rar")]), notices=[("locked", 2, "password")])
case("tnef", multimail([attached(b"\x78\x9f\x3e\x22\x01\x00\x01\x90\x08\0" +
                                 bytes(40), "application/ms-tnef",
                                 "winmail.dat")]),
     marks=[MULTIPART, ATTACHMENT | TNEF])
case("tnef-by-name", multimail([attached(b"\x78\x9f\x3e\x22" + bytes(40),
                                         "application/octet-stream",
                                         "WINMAIL.DAT")]),
     marks=[MULTIPART, ATTACHMENT | TNEF])
case("smime-encrypted", mail(b64(b"\x30\x80" + bytes(40)), encoding="base64",
                             mime='application/pkcs7-mime; name="smime.p7m"; '
                             'smime-type=enveloped-data'),
     marks=[ENCRYPTED | ATTACHMENT])
case("smime-opaque-signed", mail(b64(b"\x30\x80" + bytes(40)),
                                 encoding="base64",
                                 mime='application/x-pkcs7-mime; '
                                 'smime-type=signed-data'),
     marks=[SIGNED])
case("smime-signed",
     multimail([part("signed text\n"),
                part(b64(b"\x30\x80" + bytes(40)),
                     'application/pkcs7-signature; name="smime.p7s"', "",
                     "base64")], "signed",
               extra='; protocol="application/pkcs7-signature"; micalg=sha1'),
     marks=[MULTIPART | SIGNED, 0, SIGNATURE | ATTACHMENT])
case("pgp-signed",
     multimail([part("signed text\n"),
                part("-----BEGIN PGP SIGNATURE-----\n\nx\n"
                     "-----END PGP SIGNATURE-----\n",
                     "application/pgp-signature")], "signed",
               extra='; protocol="application/pgp-signature"'),
     marks=[MULTIPART | SIGNED, 0, SIGNATURE], texts=["signed text\n"],
     lax=True)
case("pgp-encrypted",
     multimail([part("Version: 1\n", "application/pgp-encrypted"),
                part("-----BEGIN PGP MESSAGE-----\n",
                     "application/octet-stream")], "encrypted",
               extra='; protocol="application/pgp-encrypted"'),
     marks=[MULTIPART | ENCRYPTED, ENCRYPTED, 0])
case("pgp-inline", mail("-----BEGIN PGP MESSAGE-----\n\nx\n"
                        "-----END PGP MESSAGE-----\n"), marks=[ENCRYPTED])
case("pgp-inline-signed", mail("-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n"),
     marks=[SIGNED])
case("calendar", mail("BEGIN:VCALENDAR\nSUMMARY:meet\nEND:VCALENDAR\n",
                      mime="text/calendar; method=REQUEST; charset=utf-8"),
     marks=[CALENDAR], texts_have=["SUMMARY:meet"])

# ---- HTML


def html(text):
    return mail(text, mime="text/html; charset=utf-8")


case("html", html("<h1>Title</h1><p>one   two\nthree</p><p>four</p>"),
     texts=["Title\n\none two three\n\nfour\n"])
case("html-link", html('<a href="http://evil.example/">my bank</a>'),
     texts=["my bank <http://evil.example/>\n"])
case("html-link-same", html('<a href="http://a.example/">http://a.example/'
                            "</a>"), texts=["http://a.example/\n"])
case("html-list", html("<ul><li>one<li>two</ul>end"),
     texts=["* one\n* two\n\nend\n"])
case("html-hidden", html("<head><title>t</title><style>p{}</style></head>"
                         "<script>alert(1)</script><p>shown</p>"),
     texts=["shown\n"])
case("html-entities", html("&lt;&amp;&eacute;&#26089;&nbsp;&bogus;"),
     texts_have=["<&é早"])
case("html-table", html("<table><tr><td>a</td><td>b</td></tr>"
                        "<tr><td>c</td></tr></table>"),
     texts=["a b\nc\n"])
case("html-pre", html("<pre>a  b\n  c</pre>"), texts=["a  b\n  c\n"])
case("html-break", html("a<br>b<br/><br>c<hr>d"),
     texts=["a\nb\n\nc\n\n----\nd\n"])
case("html-unclosed", html("<p>one<b>two<i>three"), texts=["onetwothree\n"])
case("html-not-html", html("just < text > & more"), texts_have=["just"])
case("html-deep", html("<div>" * 20000 + "deep" + "</div>" * 20000),
     texts=["deep\n"])
case("html-meta-charset", html('<meta charset="iso-8859-1">grüße'),
     texts=["grüße\n"])
case("html-image", html('<img alt="a picture" src="http://x/">'),
     texts=["[a picture]\n"])
case("html-external-entity", html(
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><p>a&e;b</p>'),
    texts_lack=["root:"])

# ---- disguises

case("from-bidi", "From: a\u202eb <a@example.org>\n\nx\n",
     notices=[("disguise", 0, "From has a character that changes the")])
case("from-invisible", "From: pay\u200bpal <a@example.org>\n\nx\n",
     notices=[("disguise", 0, "cannot be seen")])
case("from-mixed-scripts", "From: p\u0430ypal <a@example.org>\n\nx\n",
     notices=[("disguise", 0, "several scripts")])
case("from-encoded-mixed",
     "From: =?utf-8?B?%s?= <a@example.org>\n\nx\n" % base64.b64encode(
         "p\u0430ypal".encode()).decode(),
     notices=[("disguise", 0, "several scripts")])
case("from-lookalike-domain",
     "From: shop <a@\u0430\u0440\u0440\u04cf\u0435.com>\n\nx\n",
     notices=[("disguise", 0, "look like others")])
case("from-honest-russian", "From: Привет Мир <a@почта.рф>\n\nx\n",
     notices=[])
case("from-honest-emoji", "From: \U0001f468\u200d\U0001f469\u200d\U0001f467 "
     "<a@example.org>\n\nx\n", notices=[])
case("reply-to-bidi", "Reply-To: a\u2066b <a@example.org>\n\nx\n",
     notices=[("disguise", 0, "Reply-To")])
case("from-fullwidth", "From: \uff50\uff41\uff59 <a@example.org>\n\nx\n",
     notices=[("disguise", 0, "look like others")])
