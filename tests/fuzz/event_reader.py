"""The target of atheris: `python -m tests.fuzz.event_reader [options of libFuzzer] CORPUS`.

Any bytes are read or refused with `InvalidEvent`, by the reader and by each native format alone.
"""

import sys

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["botmeter.adapters", "botmeter.domain"]):
    from tests.fuzz.checks import check_formats, check_reader

    # Formats are loaded with their first record: here they are instrumented.
    check_formats("null")


def read_or_refuse(data: bytes) -> None:
    """One try. Text comes as queues and callers send it: decoded, even if it never was text."""
    text = data.decode("utf-8", "surrogateescape")
    check_reader(text)
    check_formats(text)


def fuzz() -> None:
    """Fuzz as the command line says."""
    atheris.Setup(sys.argv, read_or_refuse)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz()
