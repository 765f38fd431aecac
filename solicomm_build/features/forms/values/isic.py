"""Sectors of the economy: ISIC, revision 4 (United Nations, 2008), its sections in six languages.

A code is a section (`C`), or a division, group or class (`24`, `241`, `2410`), which may have its
section before it (`C24`). What is kept is the code without that letter. Names are of sections:
what a reader counts by.
"""

from __future__ import annotations

import re
from functools import lru_cache

from solicomm_build.features.forms.values.formwords import Wrong, folded

_NAMES: dict[str, tuple[str, str, str, str, str, str]] = {
    "A": (
        "Agriculture, forestry and fishing",
        "Agriculture, sylviculture et pêche",
        "Agricultura, silvicultura y pesca",
        "Agricultura, silvicultura e pesca",
        "الزراعة والحراجة وصيد الأسماك",
        "Сельское, лесное и рыбное хозяйство",
    ),
    "B": (
        "Mining and quarrying",
        "Industries extractives",
        "Minas y canteras",
        "Indústrias extrativas",
        "التعدين واستغلال المحاجر",
        "Добыча полезных ископаемых",
    ),
    "C": (
        "Manufacturing",
        "Industrie manufacturière",
        "Industrias manufactureras",
        "Indústria de transformação",
        "الصناعة التحويلية",
        "Обрабатывающая промышленность",
    ),
    "D": (
        "Electricity, gas and steam",
        "Électricité, gaz et vapeur",
        "Electricidad, gas y vapor",
        "Eletricidade, gás e vapor",
        "الكهرباء والغاز والبخار",
        "Электроэнергия, газ и пар",
    ),
    "E": (
        "Water supply, sewerage and waste",
        "Eau, assainissement et déchets",
        "Agua, alcantarillado y residuos",
        "Água, esgoto e resíduos",
        "المياه والصرف الصحي والنفايات",
        "Водоснабжение, канализация и отходы",
    ),
    "F": ("Construction", "Construction", "Construcción", "Construção", "التشييد", "Строительство"),
    "G": (
        "Wholesale and retail trade",
        "Commerce",
        "Comercio",
        "Comércio",
        "تجارة الجملة والتجزئة",
        "Оптовая и розничная торговля",
    ),
    "H": (
        "Transport and storage",
        "Transport et entreposage",
        "Transporte y almacenamiento",
        "Transporte e armazenagem",
        "النقل والتخزين",
        "Транспорт и складское хозяйство",
    ),
    "I": (
        "Hotels and restaurants",
        "Hébergement et restauration",
        "Alojamiento y comidas",
        "Alojamento e alimentação",
        "الإقامة والطعام",
        "Гостиницы и общественное питание",
    ),
    "J": (
        "Information and communication",
        "Information et communication",
        "Información y comunicaciones",
        "Informação e comunicação",
        "المعلومات والاتصالات",
        "Информация и связь",
    ),
    "K": (
        "Finance and insurance",
        "Finance et assurances",
        "Finanzas y seguros",
        "Finanças e seguros",
        "المال والتأمين",
        "Финансы и страхование",
    ),
    "L": (
        "Real estate",
        "Immobilier",
        "Actividades inmobiliarias",
        "Atividades imobiliárias",
        "الأنشطة العقارية",
        "Операции с недвижимостью",
    ),
    "M": (
        "Professional, scientific and technical work",
        "Activités spécialisées, scientifiques et techniques",
        "Actividades profesionales, científicas y técnicas",
        "Atividades profissionais, científicas e técnicas",
        "الأنشطة المهنية والعلمية والتقنية",
        "Профессиональная, научная и техническая деятельность",
    ),
    "N": (
        "Administrative and support services",
        "Services administratifs et d’appui",
        "Servicios administrativos y de apoyo",
        "Serviços administrativos e de apoio",
        "الخدمات الإدارية وخدمات الدعم",
        "Административные и вспомогательные услуги",
    ),
    "O": (
        "Public administration",
        "Administration publique",
        "Administración pública",
        "Administração pública",
        "الإدارة العامة",
        "Государственное управление",
    ),
    "P": ("Education", "Enseignement", "Enseñanza", "Educação", "التعليم", "Образование"),
    "Q": (
        "Health and social work",
        "Santé et action sociale",
        "Salud y asistencia social",
        "Saúde e serviço social",
        "الصحة والعمل الاجتماعي",
        "Здравоохранение и социальные услуги",
    ),
    "R": (
        "Arts, entertainment and recreation",
        "Arts, spectacles et loisirs",
        "Artes, espectáculos y recreación",
        "Artes, espetáculos e lazer",
        "الفنون والترفيه والتسلية",
        "Искусство, развлечения и отдых",
    ),
    "S": (
        "Other services",
        "Autres services",
        "Otros servicios",
        "Outros serviços",
        "خدمات أخرى",
        "Прочие услуги",
    ),
    "T": (
        "Domestic work",
        "Travail domestique",
        "Trabajo en hogares",
        "Trabalho doméstico",
        "العمل المنزلي",
        "Работа в домашних хозяйствах",
    ),
    "U": (
        "International organisations",
        "Organisations internationales",
        "Organizaciones internacionales",
        "Organizações internacionais",
        "المنظمات الدولية",
        "Международные организации",
    ),
}
_LANGUAGES = ("en", "fr", "es", "pt", "ar", "ru")
_DIVISIONS = {
    "A": (1, 3),
    "B": (5, 9),
    "C": (10, 33),
    "D": (35, 35),
    "E": (36, 39),
    "F": (41, 43),
    "G": (45, 47),
    "H": (49, 53),
    "I": (55, 56),
    "J": (58, 63),
    "K": (64, 66),
    "L": (68, 68),
    "M": (69, 75),
    "N": (77, 82),
    "O": (84, 84),
    "P": (85, 85),
    "Q": (86, 88),
    "R": (90, 93),
    "S": (94, 96),
    "T": (97, 98),
    "U": (99, 99),
}
_CODE = re.compile(r"([A-U])?\s*([0-9]{2,4})|([A-U])", re.IGNORECASE)

SECTIONS = tuple(_NAMES)
"""The letters, in order."""


def sector(text: str) -> str:
    """The code that a text means: a code, or a section's name in any language. Raises Wrong."""
    if match := _CODE.fullmatch(text.strip().removeprefix("isic4:")):
        if match[3]:
            return match[3].upper()
        section = section_of(match[2])
        if section and (not match[1] or match[1].upper() == section):
            return match[2]
    code = _by_name().get(folded(text))
    if code is None:
        raise Wrong("sector")
    return code


def section_of(code: str) -> str:
    """The section of a code; empty when there is none."""
    if code in _NAMES:
        return code
    division = int(code[:2]) if code[:2].isdecimal() else 0
    found = (key for key, (low, high) in _DIVISIONS.items() if low <= division <= high)
    return next(found, "")


def name(section: str, lang: str) -> str:
    """A section's name in a language, else in English."""
    names = _NAMES[section]
    return names[_LANGUAGES.index(lang) if lang in _LANGUAGES else 0]


def shown(code: str, lang: str) -> str:
    """A sector for people: `C · Manufacturing`, `C24 · Manufacturing`."""
    section = section_of(code)
    written = code if code == section else f"{section}{code}"
    return f"{written} · {name(section, lang)}" if section else code


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    return {folded(one): section for section, names in _NAMES.items() for one in names}
