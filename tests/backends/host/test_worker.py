"""What is known of a file that has a process of its own."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from micro.backends.host.pauses import Pauses
from micro.backends.host.worker import Worker

WHOLE = "from micro import Service\none = Service('one')\n"


@pytest.mark.parametrize("part", ["", "from micro import Service\n", WHOLE[:-3]])
def test_a_file_that_is_being_written_is_waited_for(tmp_path: Path, part: str):
    file = tmp_path / "one.py"
    file.write_text(part)
    worker = Worker(file=str(file), pauses=Pauses(lambda problem: None))

    def finish() -> None:
        time.sleep(0.008)
        file.write_text(WHOLE)

    writer = threading.Thread(target=finish)
    file.touch()
    writer.start()
    worker.settle()
    found = file.read_text()
    writer.join()
    assert found == WHOLE


def test_what_is_refused_is_touched_by_a_save_of_the_same_content(tmp_path: Path):
    file = tmp_path / "one.py"
    file.write_text(WHOLE)
    worker = Worker(file=str(file), pauses=Pauses(lambda problem: None))
    assert worker.is_touched([tmp_path / "other.py"])
    worker.files = {str(file): b"another"}
    assert worker.is_touched([file])
    assert not worker.is_touched([tmp_path / "other.py"])
    worker.refuse("it ends its process")
    assert worker.refusal == "one.py is not run until its code changes: it ends its process."
