"""Posts of the kind `form`: a mail with an answer to a form."""

from __future__ import annotations

from solicomm_build.features.forms.values import formanswer
from solicomm_build.post.hooks import Part

PARTS = {
    "form": Part(formanswer.TYPE, formanswer.of_message, formanswer.fields, formanswer.of_fields)
}
