"""What is known of stores that speak S3, by what they call themselves: above all whether an answer
means that the disk has it. None says so itself."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from solicomm_build.foundation.objects.settings import S3

_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Engine:
    """A store's name, whether it has what it answered for on the disk as it comes (None: not
    known), and what its operator does about that."""

    name: str
    is_synced: bool | None
    remedy: str = ""


_SEAWEED = Engine(
    "SeaweedFS",
    False,
    "In `weed shell`: fs.configure -locationPrefix=/buckets/ -fsync -replication=001 -apply "
    "(replication as your machines are), and start it with -master.telemetry=false",
)
_SWIFT = Engine("OpenStack Swift", True)
_CEPH = Engine("Ceph", True)
_GARAGE = Engine("Garage", False, "In garage.toml: data_fsync = true and metadata_fsync = true")
_AMAZON = Engine("Amazon S3", True)
_UNKNOWN = Engine(
    "", None, "Ask its operator: an answer must mean that two disks have it, fsync included"
)
_BY_FIELDS = (
    ("server", "seaweedfs", _SEAWEED),
    ("x-trans-id", "", _SWIFT),
    ("x-openstack-request-id", "", _SWIFT),
    ("server", "ceph", _CEPH),
    ("server", "garage", _GARAGE),
    ("server", "amazons3", _AMAZON),
)


def of(s3: S3) -> Engine:
    """The store at this address. Blocking; asks once, as anybody may."""
    fields = _fields(s3)
    if "tx00000" in fields.get("x-amz-request-id", ""):
        return _CEPH
    for field, word, engine in _BY_FIELDS:
        if field in fields and word in fields[field].lower():
            return engine
    return _UNKNOWN


def is_found(address: str) -> bool:
    """Whether anybody gets what is at an address of the store. Blocking."""
    return _asked(address)[0] == 200


def _fields(s3: S3) -> dict[str, str]:
    return _asked(f"{s3.endpoint}/{next(iter(s3.buckets.values()))}/none")[1]


def _asked(address: str) -> tuple[int, dict[str, str]]:
    """Status and header fields of an answer; 0 and none where there is none."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    client = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        client.request("GET", parts.path)
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    except (OSError, HTTPException):
        return 0, {}
    finally:
        client.close()
