"""What follows when somebody loses the right to a site."""

from __future__ import annotations

from solicomm_build.features.sites import drafts

SITE_LOST = drafts.renew
