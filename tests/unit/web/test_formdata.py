"""What forms send, with files, as browsers write it."""

from __future__ import annotations

import pytest

from solicomm_build.web import formdata
from solicomm_build.web.formdata import Upload

KIND = "multipart/form-data; boundary=----b"


def _part(disposition: str, data: bytes) -> bytes:
    return (
        f"------b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
        + data
        + b"\r\n"
    )


def _read(*parts: bytes) -> formdata.Sent:
    found = formdata.read(KIND, b"".join(parts) + b"------b--\r\n")
    assert found is not None
    return found


def test_fields_and_files_of_a_multipart_form() -> None:
    octets = b"\x00\xff\r\n--\r\n%PDF"
    found = _read(
        _part('name="title"', "Año\r\nnuevo".encode()),
        _part('name="title"', b"second"),
        _part('name="file"; filename="acción.pdf"\r\nContent-Type: application/pdf', octets),
        _part('name="file"; filename=""\r\nContent-Type: application/octet-stream', b""),
    )
    assert found.get("title") == "Año\nnuevo"
    assert found.get("missing") == ""
    assert found.files == (Upload("file", "acción.pdf", octets, "application/pdf"),)


@pytest.mark.parametrize(
    "name", ["C:\\\\Documents\\\\guide.pdf", "/srv/ana/guide.pdf", "..\\\\guide.pdf", "guide.pdf"]
)
def test_a_name_tells_no_folder(name: str) -> None:
    (file,) = _read(_part(f'name="file"; filename="{name}"', b"x")).files
    assert file.name == "guide.pdf"


def test_an_urlencoded_form_has_no_files() -> None:
    kind = "application/x-www-form-urlencoded"
    found = formdata.read(kind, b"a=1&a=2&b=x%0D%0Ay%00")
    assert found is not None
    assert (dict(found.fields), found.files) == ({"a": "1", "b": "x\ny"}, ())


def test_what_cannot_be_read_is_nothing() -> None:
    assert formdata.read("text/plain", b"&".join(b"a=1" for _ in range(2000))) is None
    nested = b"".join(
        b"------b\r\nContent-Type: multipart/mixed; boundary=----b\r\n\r\n" for _ in range(300)
    )
    assert formdata.read(KIND, nested) in (None, formdata.Sent({}))
