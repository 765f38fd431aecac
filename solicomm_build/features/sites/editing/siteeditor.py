"""Who edits a site by mail, in which language, and how the site is: what letters are made of."""

from __future__ import annotations

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.siteedits import Look
from solicomm_build.people.gittoken import Grant


class Editor:
    """One mail of one editor of one site."""

    def __init__(self, office: Office, case: Case, union: str, grant: Grant, lang: str) -> None:
        self.office, self.case, self.union, self.grant = office, case, union, grant
        self.config = office.config
        self.to = case.author
        wish = grant.lang or ("" if lang == "en" else lang)
        self.lang = office.language_of(self.to, "", wish, hint=case.said)
        self.look: Look = siteedits.look(self.config, union)
        trusted = case.proven and not case.mute
        self.kind = "" if trusted else f"site:{case.cause}"
