"""Logs are written by the components themselves, cut when long, and followed by the terminal."""

import os

from local import logs


def test_a_tail_gives_whole_lines_once(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("before\n")
    tail = logs.Tail(path)

    with path.open("a") as file:
        file.write("one\ntw")
        file.flush()
        assert tail.lines() == ["one"]
        file.write("o\n")
        file.flush()
        assert tail.lines() == ["two"]

    assert tail.lines() == []


def test_a_writer_goes_on_in_a_log_that_was_cut(tmp_path):
    path = tmp_path / "web.log"
    descriptor = logs.open_log(path)
    tail = logs.Tail(path, from_end=False)
    os.write(descriptor, b"old line\n" * 20)
    assert len(tail.lines()) == 20

    assert logs.rotate(path, most_bytes=100) is True
    os.write(descriptor, b"new line\n")
    os.close(descriptor)

    assert path.read_text() == "new line\n"
    assert (tmp_path / "web.log.1").read_text() == "old line\n" * 20
    assert tail.lines() == ["new line"]


def test_a_short_log_is_left_alone_and_a_missing_one_is_no_error(tmp_path):
    path = tmp_path / "web.log"
    assert logs.rotate(path) is False
    path.write_text("short\n")
    assert logs.rotate(path) is False
    assert [entry.name for entry in tmp_path.iterdir()] == ["web.log"]


def test_only_a_few_cut_logs_are_kept(tmp_path):
    path = tmp_path / "web.log"
    for number in range(6):
        path.write_text(f"{number}\n")
        logs.rotate(path, most_bytes=1)

    kept = {entry.name: entry.read_text() for entry in tmp_path.iterdir()}
    assert kept == {"web.log": "", "web.log.1": "5\n", "web.log.2": "4\n", "web.log.3": "3\n"}


def test_the_last_lines_of_a_log(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("".join(f"{number}\n" for number in range(100)))

    assert logs.last_lines(path, 2) == ["98", "99"]
    assert logs.last_lines(tmp_path / "none.log", 2) == []
