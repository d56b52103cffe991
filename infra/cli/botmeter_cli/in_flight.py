"""Several calls at a time, never with more than those in memory."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

WORKERS = 8

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def in_flight(call: Callable[[Asked], Answer], asked: Iterable[Asked]) -> Iterator[Answer]:
    """The answers of `call` to each of `asked`, as they come. What a call raises is raised here."""
    pending: set[Future[Answer]] = set()
    with ThreadPoolExecutor(WORKERS) as pool:
        for one in asked:
            if len(pending) >= 2 * WORKERS:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in finished)
            pending.add(pool.submit(call, one))
        while pending:
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
