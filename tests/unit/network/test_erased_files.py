"""Files of posts that were erased: they do not come back with the log of a hub that has them."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.features.privacy import erase
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs
from solicomm_build.testing.networks import START, Network


def _with_file(net: Network, name: str, post: Post, *files: Change) -> None:
    """A post, and its files with the next commit."""
    net.write(name, post)
    with Writer(net.repo(name)) as writer:
        message = f"Files\n\nSource: mail\nMessage: {post.mid}\n"
        writer.commit(files, author_name="x", when=START, message=message)


def test_the_files_of_an_erased_post_do_not_come_back_from_who_has_not_heard(
    tmp_path: Path,
) -> None:
    """The post was refused, and its picture was taken: it stood where it had been."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("first"))
    net.carry("a", "b")
    row, file = hubs.attached(b"who earns what\n", "wages.txt")
    shared, both = hubs.attached(b"the agreement\n", "agreement.txt")
    _with_file(net, "b", hubs.post("gone", "first", attachments=(row, shared)), file, both)
    _with_file(net, "b", hubs.post("stays", "first", attachments=(shared,)))
    net.carry("b", "a")
    assert {file.path, both.path} <= net.files("a").keys()
    erase.erase(net.hubs["a"], hubs.mid("gone"), reason="Asked for", by="test")
    assert file.path not in net.files("a")
    net.write("b", hubs.post("late", "first"))
    net.carry("b", "a")
    assert hubs.mid("late") in net.mids("a")
    assert hubs.mid("gone") not in net.mids("a")
    assert file.path not in net.files("a")
    assert both.path in net.files("a")


def test_a_file_that_another_post_names_too_comes_with_that(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("first"))
    net.carry("a", "b")
    row, file = hubs.attached(b"the agreement\n", "agreement.txt")
    _with_file(net, "b", hubs.post("gone", "first", attachments=(row,)), file)
    net.carry("b", "a")
    erase.erase(net.hubs["a"], hubs.mid("gone"), reason="Asked for", by="test")
    net.write("b", hubs.post("again", "first", attachments=(row,)))
    net.carry("b", "a")
    assert hubs.mid("again") in net.mids("a")
    assert file.path in net.files("a")
