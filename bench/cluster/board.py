"""Reads where a running rank stands from its memory: the truth that the watchdog's word is compared with.

The program's ProgressBoard (include/fullshard/core/progress_board.hpp) is, in 8-byte words: step * 256 + phase; changes; and for
transfers and for control each: version, eight words of the collective begun last, its sequence number. The eight are 2 * sequence
+ in flight, bytes, operation (2), unit (3), axis.
"""
import os
import re
import struct
from pathlib import Path

PHASES = ("start-up", "load", "forward", "backward", "update", "evaluation", "save", "export", "finished")
WORDS_OF_KIND = 10
CONTROL = 2 + WORDS_OF_KIND
SIZE = 8 * (CONTROL + WORDS_OF_KIND)
# The agreement of ranks goes over the communicator of all.
AXIS = b"world\0\0\0"
AXIS_AT = 8 * (CONTROL + 8)


def candidates(memory, pid):
    """Addresses of what may be a board: on the stack of the first thread, which makes it, whatever holds the name of that axis."""
    match = re.search(r"^([0-9a-f]+)-([0-9a-f]+) rw-p .*\[stack\]$", Path(f"/proc/{pid}/maps").read_text(), re.M)
    begin, end = int(match[1], 16), int(match[2], 16)
    data = os.pread(memory, end - begin, begin)
    for found in re.finditer(re.escape(AXIS), data):
        at = found.start() - AXIS_AT
        if at % 8 == 0 and 0 <= at <= len(data) - SIZE:
            yield begin + at


def is_board(memory, address):
    words = struct.unpack(f"<{SIZE // 8}Q", os.pread(memory, SIZE, address))
    where, control = words[0], words[CONTROL:]
    return where % 256 < len(PHASES) and where < 1 << 40 and control[0] % 2 == 0 and 0 < control[9] == control[1] // 2


class Board:
    """Of one process; None as `phase` when that is gone. find() until it succeeds: at its start a rank has none yet."""

    def __init__(self, pid, memory, address):
        self.pid, self.memory, self.address = pid, memory, address

    @staticmethod
    def find(pid):
        try:
            memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
        except OSError:
            return None
        try:
            found = [a for a in candidates(memory, pid) if is_board(memory, a)]
        except (OSError, TypeError):  # it has just ended
            found = []
        if len(found) == 1:
            return Board(pid, memory, found[0])
        os.close(memory)
        return None

    @property
    def phase(self):
        try:
            return PHASES[os.pread(self.memory, 1, self.address)[0]]
        except (OSError, IndexError):
            return None

    @property
    def step(self):
        try:
            return struct.unpack("<Q", os.pread(self.memory, 8, self.address))[0] >> 8
        except (OSError, struct.error):
            return None

    def close(self):
        os.close(self.memory)
