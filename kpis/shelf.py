"""Where an uploaded file waits, and beside it what its reader and its owner tell each other. Plain Python: no Django.

How far the reader is and that the owner wants it stopped are files, not columns: on SQLite nobody else can write while
an import runs, and on PostgreSQL nobody sees what a transaction has written before its end. Who reads holds a lock
that goes with the process: killed, it leaves nothing behind.
"""

import fcntl
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple


class Progress(NamedTuple):
    rows: int
    of: int

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rows // self.of) if self.of else 0


class Shelf:
    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.file = self.folder / "upload"

    def put(self, chunks: Iterable[bytes]) -> tuple[int, str]:
        """Keep a file; its size and SHA-256. Raises OSError, and then keeps nothing."""
        self.folder.mkdir(parents=True, mode=0o700)
        size, digest = 0, sha256()
        try:
            with self.file.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
        except OSError:
            self.clear()
            raise
        return size, digest.hexdigest()

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Whether this is ours until the end; False where another process has it, or nothing is left of it."""
        try:
            file = (self.folder / "lock").open("a")
        except OSError:
            yield False
            return
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def tell(self, rows: int, of: int):
        with suppress(OSError):  # a full disk is no reason to stop
            (self.folder / "progress.new").write_text(json.dumps([rows, of]))
            (self.folder / "progress.new").replace(self.folder / "progress")

    def forget_progress(self):
        with suppress(OSError):
            (self.folder / "progress").unlink()

    @property
    def told(self) -> Progress | None:
        try:
            return Progress(*json.loads((self.folder / "progress").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def ask_to_stop(self):
        with suppress(OSError):
            (self.folder / "stop").touch()

    @property
    def stop_is_asked(self) -> bool:
        return (self.folder / "stop").exists()

    def clear(self):
        rmtree(self.folder, ignore_errors=True)
