"""The search in the browser gives what the Python one gives: terms, documents, scores, sayings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from solicomm_build.features.search.engine import analyser, finding, query, stemmerjs
from solicomm_build.features.search.engine.document import Document
from solicomm_build.features.search.engine.marking import marked
from solicomm_build.testing import searching
from solicomm_build.testing.browsersearch import Client, client

LETTERS = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "es": "abcdefghijklmnopqrstuvwxyzáéíóúñü",
    "fr": "abcdefghijklmnopqrstuvwxyzâàçëéêèïîôûùœ",
    "pt": "abcdefghijklmnopqrstuvwxyzãáâàçéêíõóôú",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "ar": "اأإآبتثجحخدذرزسشصضطظعغفقكلمنهويىةءؤئ",
}
ODD = (
    "STRASSE straße İstanbul ısı ΣΊΣΥΦΟΣ Οδυσσεύς ŉ ǆ ﬁnal ﬃ Ⅷ ½ x² ＡＢＣ ｶﾞ ｱ ㍿ 中文搜索 "
    "日本語の検索 한국어검색 가각힣 中abc文 abc中文def の ー々 مُدَرِّسُونَ كتـــاب أُسْتاذ "
    "۳۴۵ १२३ हिन्दी ไทย 𝐀𝐁 𝒳yz 𐌰𐌱𐌲 😀 a😀b ña ñandú ņ̃ n\u0303 n\u0327\u0303 "
    "naïve œuvre ёлка Ёж й и\u0306 __init__ foo_bar _ ___ e\u0301te\u0301 d'accord l'été o'neil's don't it's 10,000.50 "  # noqa: E501
    "a.b.c user@example.org https://example.org/x?y=1#z C++ C# .NET \u200bzero\u200dwidth\u00ad "
    f"soft\u2028line \ufeffbom {'x' * 64} {'y' * 65} {'中' * 70}"
).split(" ")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client(tmp_path_factory.mktemp("node")) as running:
        yield running


def words(lang: str, count: int) -> list[str]:
    """Words of a language's letters with other things in between, and odd ones of all scripts."""
    chance = random.Random(f"terms {lang}")
    found = []
    for _ in range(count):
        word = "".join(chance.choices(LETTERS[lang], k=chance.randint(1, 12)))
        form = chance.random()
        if form < 0.1:
            word = word.upper()
        elif form < 0.2:
            word = word.capitalize() + chance.choice((",", ".", "!", "'s", "-", "…", "\u0301"))
        elif form < 0.25:
            word = chance.choice(ODD)
        found.append(word)
    stops = analyser.STOP_WORDS[lang]
    return [*found, *sorted(stops), *ODD]


@pytest.mark.parametrize("lang", sorted(stemmerjs.LANGUAGES))
def test_both_analysers_give_the_same_terms(node: Client, lang: str) -> None:
    latin = analyser.latin(lang)
    made = words(lang, 30_000)
    python = analyser.Analyser(latin)
    for low in range(0, len(made), 2_000):
        text = " ".join(made[low : low + 2_000])
        expected = python.terms(text)
        assert node.ask(terms=text, lang=latin) == expected


def test_both_analysers_read_any_text_alike(node: Client) -> None:
    """Every assigned character of the basic plane and some beyond, in a random company."""
    chance = random.Random(7)
    ranges = ((0x20, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x2FFFF))
    old = [  # assigned in Unicode 14, as every supported Python and node knows it
        code
        for low, high in ranges
        for code in range(low, high + 1)
        if analyser.unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs"}
    ]
    for _ in range(60):
        letters = (chr(chance.choice(old)) for _ in range(1_500))
        text = "".join(c + chance.choice(("", "", "", " ", "a")) for c in letters)
        assert node.ask(terms=text, lang="fr") == analyser.Analyser("fr").terms(text)


def test_languages_are_told_alike(node: Client) -> None:
    for tag in ("en", "EN-gb", "pt-BR", "es-419", "ru", "zh-Hans", "ja", "de", "", "x", "english"):
        assert node.ask(latin=tag) == analyser.latin(tag)


_SAID = {
    "en": "the strike fund pays workers striking organisers organise members meeting the agreement",
    "es": "la huelga fondo paga trabajadores organizar reunión convenio salarios el sindicato",
    "fr": "la grève caisse paie travailleurs organiser réunion convention salaires les syndicats",
    "ru": "забастовка фонд рабочие организация собрание договор зарплата и профсоюз",
    "ar": "إضراب صندوق العمال تنظيم اجتماع اتفاق أجور النقابة في",
    "zh": "罢工基金 工人 组织 会议 集体协议 工资 工会",
}
SAID = {lang: text.split() for lang, text in _SAID.items()}


def documents(chance: random.Random, count: int) -> list[Document]:
    found = []
    for number in range(count):
        lang = chance.choice(("en", "en", "en", "es", "fr", "ru", "ar", "zh"))
        mixed = SAID[lang] + SAID["en"][:3] * (chance.random() < 0.2)

        def text(low: int, high: int, mixed: list[str] = mixed) -> str:
            return " ".join(chance.choices(mixed, k=chance.randint(low, high)))

        found.append(
            searching.document(
                text(3, 60),
                text(0, 6),
                chance.choice(("Ana Souza", "Ben", "Grève", "")),
                latin=analyser.latin(lang),
                lang=lang,
                url=f"t/{number:032d}/#",
                place=chance.choice(("conferences/bar", "conferences/ice")),
                time=chance.randint(-86_400 * 900, 86_400 * 20_000),
            )
        )
    return found


def queries(chance: random.Random, count: int) -> list[tuple[str, str]]:
    every = [word for said in SAID.values() for word in said]

    def part() -> str:
        word = chance.choice(every)
        form = chance.random()
        if form < 0.1:
            word = word[: max(1, len(word) - 2)] + "*"
        elif form < 0.15:
            word = word[:2] + word[3:]
        elif form < 0.2:
            word = word.replace("e", "é", 1).upper()
        elif form < 0.25:
            word = f"{word}-{chance.choice(every)}"
        sign = chance.choice(("", "", "", "", "+", "-"))
        name = chance.choice(("", "", "", "", "title:", "from:", "body:", "x:", "TITLE:"))
        boost = chance.choice(("", "", "", "^3", "^0", "^1000", "~1", "~2^2", "^", "*^2"))
        return sign + name + word + boost

    filters = (
        "in:bar",
        "in:ICE",
        "in:conferences/ice",
        "in:none",
        "after:2001",
        "before:2010-05",
        "after:1999-2-29",
        "before:1970-01-01",
        "after:x",
        "after:2000 before:2001-06-30",
        "lang:fr",
        "lang:EN lang:es",
        "lang:xx",
        "kind:list",
        "kind:conference kind:hub in:bar",
        "by:ana+souza",
        "by:ben -by:x",
        "by:the",
    )
    return [
        (
            " ".join(
                [
                    *(part() for _ in range(chance.randint(1, 4))),
                    *([chance.choice(filters)] if chance.random() < 0.25 else []),
                ]
            ),
            chance.choice(("en", "es", "fr", "ru", "ar", "zh-Hans", "de")),
        )
        for _ in range(count)
    ]


def python_answer(index: Any, text: str, lang: str) -> dict[str, Any]:
    found = finding.find(index, text, lang, limit=10)
    return {
        "total": found.total,
        "problem": "" if found.state == "done" else found.state,
        "relaxed": not found.every and found.total > 0,
        "partial": found.incomplete,
        "rows": [
            (hit.row.title, hit.row.author, hit.row.time, hit.row.snippet) for hit in found.hits
        ],
        "scores": [pytest.approx(hit.score, abs=1e-9) for hit in found.hits],
    }


def same(answer: dict[str, Any]) -> dict[str, Any]:
    rows = [(r["title"], r["author"], r["seconds"], r["text"]) for r in answer["rows"]]
    scores = [score for _, score in answer["hits"][:10]]
    kept = {key: answer[key] for key in ("total", "problem", "relaxed", "partial")}
    return {**kept, "rows": rows, "scores": scores}


@pytest.mark.parametrize("cuts", [(), (60, 100)], ids=["one segment", "three segments"])
def test_both_searches_find_the_same(node: Client, cuts: tuple[int, ...]) -> None:
    chance = random.Random(11)
    made: list[Document | None] = list(documents(chance, 120))
    parts = [made[low:high] for low, high in zip((0, *cuts), (*cuts, len(made)), strict=True)]
    parts[-1][3] = None
    files = searching.files_of(*parts)
    root = node.publish(files, f"same{len(cuts)}")
    found = relaxed = suggested = 0
    for text, lang in queries(chance, 400):
        index = searching.open_files(files)
        answer = node.search(text, root, lang=lang, again=True)
        assert same(answer) == python_answer([index], text, lang), (text, lang)
        found += answer["total"] > 0
        relaxed += answer["relaxed"]
        suggested += bool(answer["suggestion"])
    assert found > 200
    assert relaxed > 20
    assert suggested > 3


def test_two_hubs_are_ranked_as_one(node: Client) -> None:
    chance = random.Random(12)
    own, other = documents(chance, 50), documents(chance, 40)
    files = [searching.files_of(own), searching.files_of(other[:30], other[30:])]
    roots = [node.publish(made, f"hub{number}") for number, made in enumerate(files)]
    for text, lang in queries(chance, 100):
        indexes = [searching.open_files(made) for made in files]
        answer = node.search(text, *roots, lang=lang, again=True)
        assert same(answer) == python_answer(indexes, text, lang), (text, lang)
        assert answer["absent"] == []


def test_the_nearest_spelling_is_the_same(node: Client) -> None:
    files = searching.files_of([searching.document("strike strikes fund workers réunion 中文")] * 3)
    root = node.publish(files, "near")
    collection = finding.Collection([searching.open_files(files)])
    for word in ("strkie", "strick", "worksers", "woorkeers", "reunoin", "fnd", "fumd", "zebra"):
        likely = finding.likelier(collection, word)
        assert node.search(word, root)["suggestion"] == (likely or ""), word


def test_a_suggestion_keeps_the_rest_of_the_query(node: Client) -> None:
    files = searching.files_of([searching.document("the strike fund of the workers")] * 2)
    root = node.publish(files, "rest")
    asked = node.search('+Strkie "fund" in:bar wrokers^2', root)
    assert asked["suggestion"] == '+strike "fund" in:bar workers^2'


def test_a_missing_or_cut_file_leaves_the_rest(node: Client) -> None:
    made = [searching.document(f"strike number{n}", f"Title {n}", url=f"{n}") for n in range(40)]
    files = searching.files_of(made[:20], made[20:])
    shards = sorted(path for path in files if path.endswith("/0.js") and not path.startswith("d/"))
    for number, broken in enumerate(
        (
            b"",
            files[shards[0]][:80],
            b'solicommSearch("x",3);\n',
            files[shards[0]].replace(b"H4sI", b"H4sJ"),
        )
    ):
        root = node.publish(files | {shards[0]: broken}, f"cut{number}")
        answer = node.search("strike", root)
        assert (answer["total"], answer["partial"]) == (20, True)
    gone = dict(files)
    del gone[shards[1]], gone["d/0.js"]
    answer = node.search("strike", node.publish(gone, "gone"), hits=40, rows=40)
    assert answer["total"] == 20
    assert answer["partial"]
    assert {row["title"] for row in answer["rows"] if row} < {f"Title {n}" for n in range(40)}
    assert not node.search("strike", node.publish(files, "whole"))["partial"]


def test_a_newer_index_and_a_dead_hub_are_said(node: Client) -> None:
    files = searching.files_of([searching.document("strike")])
    newer = files | {"manifest.js": files["manifest.js"].replace(b'"version":1', b'"version":2')}
    own, new = node.publish(files, "own"), node.publish(newer, "newer")
    answer = node.search("strike", own, new, "file:///nowhere/")  # our page is not the old one
    gone = [new, "file:///nowhere/"]
    assert (answer["total"], answer["newer"], answer["absent"]) == (1, False, gone)
    alone = node.search("strike", new)
    assert alone == {"newer": True, "absent": []}


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "strike " * 2_000,
        "-",
        "+",
        "- + -- ++",
        "-strike",
        "*",
        "**",
        "^",
        "~",
        ":",
        "in:",
        "title:",
        '"',
        "the",
        "the of",
        "😀",
        "strike 😀",
        "\ud83d",
        "\ude00 strike",
        "a\ud83db*",
        "\0",
        "+-*~^:" * 200,
        "中",
        "中*",
        "__proto__",
        "constructor:x",
        "__proto__:x",
        "toString*",
        "\u202e",
        "in:__proto__ strike",
    ],
)
def test_any_text_is_a_query(node: Client, text: str) -> None:
    files = searching.files_of([searching.document("strike 中文 constructor toString")] * 2)
    root = node.publish(files, "any")
    answer = node.search(text, root)
    printable = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    expected = python_answer([searching.open_files(files)], printable, "en")
    assert same(answer) == expected
    read = query.parse(printable)
    assert len(node.ask(parse=text)["clauses"]) == len(read.clauses)


def test_words_of_the_query_are_marked(node: Client) -> None:
    def marks(text: str, *terms: str) -> list[str]:
        parts = node.ask(mark=text, wanted=terms, languages=["en", "fr"])
        assert "".join(part for part, _ in parts) == text
        return [part for part, mark in parts if mark]

    assert marks("Strikes, and striking it rich", "strike") == ["Strikes", "striking"]
    assert marks("Les RÉUNIONS", "reunion") == ["RÉUNIONS"]
    assert marks("在中文里", "中文") == ["中", "文"]
    assert marks("a<b>strike</b>", "strike") == ["strike"]
    assert marks("nothing here", "strike") == []


def test_both_mark_the_same_parts_of_a_text(node: Client) -> None:
    texts = (
        "Strikers' fund: the strike_fund pays <b>striking</b> workers.",
        "Forêts et GRÈVES, l'été; grève",
        "забастовки и забастовка",
        "罢工基金和工人",
        "والعمال في الإضراب",
        "",
    )
    terms = {"strike", "striker", "fund", "grev", "забастовк", "罢工", "عمال"}
    for text in texts:
        expected = [[part, mark] for part, mark in marked(text, terms, ["en", "fr"]) if part]
        answer = node.ask(mark=text, wanted=sorted(terms), languages=["en", "fr", "ru", "ar"])
        assert _joined(answer) == _joined(expected), text


def _joined(parts: Any) -> list[list[Any]]:
    """Neighbours that are marked alike, as one."""
    found: list[list[Any]] = []
    for part, mark in parts:
        if found and found[-1][1] == mark:
            found[-1][0] += part
        else:
            found.append([part, bool(mark)])
    return found
