"""Which encoding a text has, and its lines: bounded, so that a file without line ends stays harmless."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

from innograph.loader.merging.reading.opening import Content

LINE = 2**20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Those that statistical offices use; a larger choice finds rarer encodings in common ones.
_CANDIDATES = [
    "gb18030",
    "cp932",
    "big5",
    "cp949",
    "euc_jp",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "koi8_r",
]


def encoding_of(content: Content) -> str:
    """The encoding of a text, as Python names it.

    By its byte order mark; else UTF-8 if all of it is; else the most plausible one of its lines that
    are not ASCII.

    Raises:
        InputError: it is binary, or no encoding makes sense of it.
    """
    head = content.head()
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\x00" in head:
        even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
        for name, seldom, often in (("utf-16-le", even, odd), ("utf-16-be", odd, even)):
            if often > 4 * seldom and _is_text(head, name):
                return name
        raise content.problem("is not a text (it has NUL bytes)", "export it as CSV, Excel or Parquet")
    sample = _not_utf8(content)
    if not sample:
        return "utf-8"
    best = from_bytes(sample, cp_isolation=_CANDIDATES, threshold=0.9).best()
    if best is None:
        raise content.problem(
            "is in no encoding that is found out",
            'state it, such as encoding = "gb18030" under [read] in the mapping',
        )
    name = best.encoding
    if name in ("cp1250", "cp1254"):
        western = sample.decode("cp1252", "replace")
        if western == sample.decode(name, "replace") or _is_western(western):
            return "cp1252"
    return name


# Letters where Spanish, Portuguese, French, Italian and German do not have them: Gdañsk, Gyõr, Brãila, Pøíbram.
_NOT_WESTERN = re.compile(
    r"[šžþðýÿ¹³¼¾µ¯\ufffd]|[a-z][ºª¿][a-z]|ñ(?![aeiouáéíóúü])|õ(?!e)|ã(?![oes\W]|$)|[ìò](?=[a-z])|ø[aeiouáéíó]|æ(?!\w)",
    re.IGNORECASE,
)


def _is_western(text: str) -> bool:
    """Whether text, read as Windows-1252, has its letters as the languages of that code page have them."""
    return _NOT_WESTERN.search(text) is None


def _is_text(head: bytes, encoding: str) -> bool:
    """Whether the beginning of a file is text in an encoding, without the control characters of binary data."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return not any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text)


def _not_utf8(content: Content) -> bytes:
    """Lines that are not ASCII (the first thousand), if the text is not UTF-8; else nothing."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with content.telling(), content.open() as stream:
            while chunk := stream.read(2**20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        lines: list[bytes] = []
        with content.telling(), content.open() as stream:
            while len(lines) < 1000 and (line := stream.readline(LINE)):
                if not line.isascii():
                    lines.append(line)
        return b"".join(lines)[: 2**17]
    return b""


def lines(content: Content, encoding: str) -> Iterator[str]:
    """The lines of a text, with their ends.

    Raises:
        InputError: a line that is not in the encoding, or longer than a million characters.
    """
    number = 0
    with content.telling(), content.open() as stream:
        try:
            text = io.TextIOWrapper(stream, encoding=encoding, newline="")
            while line := text.readline(LINE):
                number += 1
                if len(line) == LINE:
                    raise content.problem(
                        f"has a line of over {LINE:,} characters", "is it a table? export it as CSV", number
                    )
                yield line
        except UnicodeError as error:
            raise content.problem(
                f"is not in the encoding {encoding} after line {number}: {error}",
                'state the encoding, such as encoding = "gb18030" under [read] in the mapping',
            ) from error
        except LookupError as error:
            raise content.problem(
                f"{error}", "use a name such as utf-8, gb18030, shift_jis or latin-1"
            ) from error
