"""How high the messages of a path are: those that were laid out as they are, the others as high as these on average."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate

_BUCKET = 256
_DOUBT = 16
"""Messages that the first guess counts as: one that is very long does not make all others so."""


class HeightIndex:
    """Where each message begins, in lines from the first one.

    A height that is not known counts as the average of a guess and those that are, so nothing needs to be read first.
    Heights are summed up in buckets: each answer looks at one bucket and at the sums of the others.
    """

    def __init__(self, guess: int = 8) -> None:
        """Begin without messages.

        Args:
            guess: The height of a message while none is known.
        """
        self._guess = guess
        self._heights = array("l")  # 0 for one that is not known; no message is without a line
        self._lines: list[int] = []  # of each bucket, the lines that are known
        self._unknown: list[int] = []  # of each bucket, how many messages are not
        self._all_lines = self._all_unknown = 0

    def __len__(self) -> int:
        return len(self._heights)

    @property
    def estimate(self) -> int:
        """The height of a message that is not known."""
        known = len(self._heights) - self._all_unknown
        return max(1, round((self._all_lines + _DOUBT * self._guess) / (known + _DOUBT)))

    @property
    def total(self) -> int:
        """All lines together."""
        return self._all_lines + self._all_unknown * self.estimate

    def resize(self, length: int) -> None:
        """Have so many messages: the first stay, new ones are not known."""
        old = len(self._heights)
        del self._heights[length:]
        self._heights.frombytes(bytes(max(0, length - old) * self._heights.itemsize))
        first = min(old, length) // _BUCKET
        self._all_lines -= sum(self._lines[first:])
        self._all_unknown -= sum(self._unknown[first:])
        del self._lines[first:], self._unknown[first:]
        for start in range(first * _BUCKET, length, _BUCKET):
            bucket = self._heights[start : start + _BUCKET]
            self._lines.append(sum(bucket))
            self._unknown.append(bucket.count(0))
            self._all_lines += self._lines[-1]
            self._all_unknown += self._unknown[-1]

    def set(self, index: int, height: int) -> None:
        """Say how high a message is, at least one line."""
        old, self._heights[index] = self._heights[index], height
        self._lines[index // _BUCKET] += height - old
        self._all_lines += height - old
        if not old:
            self._unknown[index // _BUCKET] -= 1
            self._all_unknown -= 1

    def line_of(self, index: int) -> int:
        """Return the line at which a message begins; for their number, the number of lines."""
        bucket, estimate = index // _BUCKET, self.estimate
        part = self._heights[bucket * _BUCKET : index]
        lines = sum(self._lines[:bucket]) + sum(part)
        return lines + estimate * (sum(self._unknown[:bucket]) + part.count(0))

    def at(self, line: int) -> tuple[int, int]:
        """Return the message at a line and the line of it; beyond either end, the first or the last line.

        There must be a message.
        """
        line = max(0, min(line, self.total - 1))
        estimate = self.estimate
        ends = list(
            accumulate(known + unknown * estimate for known, unknown in zip(self._lines, self._unknown, strict=True))
        )
        bucket = bisect_right(ends, line)
        line -= ends[bucket - 1] if bucket else 0
        start = bucket * _BUCKET
        ends = list(accumulate(height or estimate for height in self._heights[start : start + _BUCKET]))
        place = bisect_right(ends, line)
        return start + place, line - (ends[place - 1] if place else 0)
