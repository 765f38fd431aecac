"""Pages in S3 hold what was erased until what the build left out is taken away there, too."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.post.store.erasing import Copy, Gone

_NAME = "pages in S3"
_OLD = "what nginx or a CDN keeps of them goes within a week, old versions in the store do not"


def _pages(config: Config, gone: Gone) -> Iterator[Copy]:
    s3 = config.cluster.s3
    if s3 is None or not s3.pages:
        return
    if _NAME in gone.done:
        yield Copy(_NAME, "gone", _OLD)
        return
    from solicomm_build.features.publishing import run

    try:
        run.publishing(config, once=True, log=maillog.to_nobody())
        yield Copy(_NAME, "gone", _OLD)
    except ObjectsError as error:
        yield Copy(_NAME, "silent", error.public)


COPIES = (_pages,)
