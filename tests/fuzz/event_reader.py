"""The target of atheris: `python -m tests.fuzz.event_reader [options of libFuzzer] CORPUS`.

Any bytes are read or refused with `InvalidEvent`. What is read means the same when read from the archive.
"""

import sys

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["botmeter.adapters", "botmeter.domain"]):
    from botmeter.adapters import event_reader
    from botmeter.adapters.sources import FORMATS, Origin, events_of
    from botmeter.domain.errors import InvalidEvent

    for name in FORMATS:
        # Formats are loaded with their first record: here they are instrumented.
        try:
            events_of(None, Origin(name, "a", "b"))
        except InvalidEvent:
            continue

LONGEST_RULE = 500


def read_or_refuse(data: bytes) -> None:
    """One try. Text comes as queues and callers send it: decoded, even if it never was text."""
    text = data.decode("utf-8", "surrogateescape")
    reports, refusal = [], None
    try:
        reports = event_reader.read(text)
    except InvalidEvent as error:
        refusal = error
    assert refusal is None or (refusal.field and 0 < len(refusal.rule) <= LONGEST_RULE)
    for report in reports:
        assert "\n" not in report.canonical
        assert event_reader.read(report.canonical) == [report]


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_or_refuse)
    atheris.Fuzz()
