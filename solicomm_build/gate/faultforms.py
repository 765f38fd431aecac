FORMS: dict[str, str] = {}
