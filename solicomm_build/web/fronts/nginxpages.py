"""What nginx is told of pages in a store of objects: the marks of deploy/cluster/nginx-*.conf.

The bucket is read as anybody could: nginx has no account. Each object says its own Content-Type,
Content-Encoding and Cache-Control, so nginx answers as `solicomm web` does.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.foundation import data
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web import mediatype
from solicomm_build.web.headers import PERMISSIONS

SECURITY = f"""\
        add_header Content-Security-Policy $solicomm_policy always;
        add_header Referrer-Policy no-referrer always;
        add_header X-Content-Type-Options nosniff always;
        add_header Cross-Origin-Opener-Policy same-origin always;
        add_header Cross-Origin-Resource-Policy $solicomm_resource always;
        add_header X-Frame-Options DENY always;
        add_header Permissions-Policy "{PERMISSIONS}" always;
"""
"""What every answer of nginx says to browsers, from files and from a store alike."""
_HEADERS = """\
        add_header Vary $solicomm_vary;
        add_header Content-Type $solicomm_type;
        add_header Access-Control-Allow-Origin $solicomm_origin;
@HSTS@"""
_PROXY = (
    "proxy_pass http://solicomm$request_uri; proxy_http_version 1.1; "
    'proxy_set_header Connection ""; proxy_set_header Host $http_host; '
    "proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $remote_addr;"
)
_HIDDEN = (
    "Vary",
    "Set-Cookie",
    "Strict-Transport-Security",
    "Access-Control-Allow-Origin",
    "Content-Type",
    "x-amz-request-id",
    "x-amz-id-2",
    "x-amz-version-id",
    "x-amz-server-side-encryption",
    "x-rgw-object-type",
    "x-trans-id",
    "x-openstack-request-id",
    "Seaweed-X-Amz-ETag",
    "Seaweed-X-Amz-Owner",
)
"""Fields of a store's answer that are ours to say."""
_FETCH = """\
        proxy_pass @STORE_SCHEME@://solicomm_s3;
        proxy_http_version 1.1;
        proxy_set_header Host "@STORE_HOST@";
        proxy_set_header Connection "";
        proxy_set_header Accept-Encoding "";
        proxy_set_header Authorization "";
        proxy_set_header Cookie "";
        proxy_set_header Origin "";
        proxy_pass_request_body off;
        proxy_connect_timeout 2s;
        proxy_read_timeout 4s;
        proxy_intercept_errors on;
        proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires X-Accel-Redirect;
        proxy_cache solicomm_pages;
        proxy_cache_key $uri;
        proxy_cache_valid 200 1s;
        proxy_cache_revalidate on;
        proxy_cache_lock on;
        proxy_cache_use_stale error timeout invalid_header updating
            http_500 http_502 http_503 http_504;
@STORE_TLS@"""
_TLS = """\
        proxy_ssl_name "@STORE_NAME@";
        proxy_ssl_server_name on;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;"""
_THEME = """\
    location /theme/ {
@HEADERS@
        error_page 403 404 500 502 503 504 = @theme;
        rewrite ^ "/@BUCKET@$solicomm_page$solicomm_sibling?" break;
@STORE@
    }
    location @theme {
@HEADERS@
        rewrite ^ "/@BUCKET@$solicomm_page?" break;
@STORE@
    }"""
_SAFE = re.compile(r"[\w./-]+", re.ASCII)


def marks(config: Config, cache: Path) -> dict[str, str]:
    """The marks by name. Raises UsageError where hub.yaml names no bucket for pages."""
    s3 = config.cluster.s3
    if s3 is None or not s3.pages:
        raise UsageError(
            "hub.yaml names no bucket for pages. Add `pages`, `members` and `files` to "
            "`cluster: s3:`, or leave out --s3"
        )
    if not _SAFE.fullmatch(str(cache)):
        raise UsageError(f"{cache} cannot stand in such a file: name a path without spaces")
    parts = urlsplit(s3.read or s3.endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    hidden = "\n".join(f"        proxy_hide_header {name};" for name in _HIDDEN)
    return {
        "URI": "$solicomm_uri",
        "PROXY": _PROXY,
        "HEADERS": SECURITY + _HEADERS,
        "STORE": f"{_FETCH}\n{hidden}",
        "STORE_HTTP": (data.folder("deploy") / "cluster/nginx-http.conf").read_text("utf-8"),
        "BELOW": "",
        "BUCKET": f"{parts.path}/{s3.pages}".lstrip("/"),
        "STORE_CACHE": str(cache),
        "STORE_HOST": parts.netloc,
        "STORE_NAME": parts.hostname or "",
        "KNOWN": "|".join(sorted(mediatype.PAGES)),
        "NOT_UPLOADED": "|".join(sorted(mediatype.PAGES.keys() - mediatype.UPLOADS.keys())),
        "STORE_SCHEME": parts.scheme,
        "STORE_SERVER": f"{host}:{port}",
        "STORE_TLS": _TLS if parts.scheme == "https" else "",
        "SITE_THEME": _THEME,
    }
