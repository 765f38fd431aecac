"""What text of many languages is made of: letters, by how common they are, and short words.

Pure data for `guess`, which tells by it in which charset a text was written. Only languages whose
letters lie beyond ASCII are here. The tables are rough and meant so: they are part of what a post
is a function of, so a change of them changes what some old mails read as.
"""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """`common` and `rare` are letters in lower case (of Latin scripts those beyond ASCII only);
    `words` are short common words, as UTF-8 text in lower case."""

    common: str
    rare: str
    words: frozenset[str]


def _of(common: str, rare: str, words: str) -> Language:
    return Language(common, rare, frozenset(words.split()))


LATIN = {
    "fr": _of(
        "éèàêç",
        "ùâîôûëïüœæÿ",
        "de la le les des et est en un une pour que dans nous vous "
        "du au aux qui sur pas par avec plus ce se il sont cette leur votre notre ou mais si a y",
    ),
    "es": _of(
        "áéíóúñ",
        "ü",
        "de la que el en y los las del se por con para una un es no su al lo "
        "como sus pero este esta nos si ya muy todos todo son",
    ),
    "pt": _of(
        "ãçáéíóõ",
        "âêúàôü",
        "de a o que e do da em um para com uma os no se na por mais as "
        "dos como mas foi ao das nos ou seu sua isso",
    ),
    "de": _of(
        "äöüß",
        "éèàç",
        "der die und das in zu den nicht von ist mit des auf eine im dem ein "
        "sich werden wir an es auch als bei oder haben sind",
    ),
    "it": _of(
        "àèéòìù",
        "î",
        "di che e la il un per in non sono del con della una si da le al i lo "
        "ha dei nel alla come anche gli",
    ),
    "nl": _of(
        "ëé",
        "ïöüèóêç",
        "de het een van en in is dat op te zijn met voor niet aan er ook om "
        "maar bij nog wij worden",
    ),
    "sv": _of("åäö", "éüà", "och att det i en som av med till den inte om ett har de vi var kan"),
    "da": _of("æøå", "éöäü", "og i at det er en til af for med som ikke den de har vi et der fra"),
    "fi": _of("äö", "åšž", "ja on ei se oli ovat mutta kun niin tai olla joka kuin my\u00f6s"),
    "is": _of("æöáéíóúý", "ðþ", "og sem er til um en ekki var fyrir með"),
    "pl": _of("ąćęłńóśźż", "", "i w na z do nie jest to o jak po od za dla przez oraz czy ale"),
    "cs": _of("áčéěířšýžů", "ďňóťúöü", "a v na se je s z do o k i pro jsou jako za po ale od by"),
    "sk": _of("áčéíľšťúýž", "äďĺňóôŕ", "a v na sa je s z do o k i pre ako za po ale od by aj"),
    "hu": _of("áéíóöőúüű", "", "a az hogy nem is egy van ez meg de csak el ha volt vagy mint"),
    "ro": _of("ăâîșțşţ", "", "de a la cu pe nu este din pentru sau un o care mai ce sunt al"),
    "hr": _of("čćđšž", "", "i je u na se da za od su s a o kao ali ne koji in v so ki pri"),
    "tr": _of("çğıöşü", "âîû\u0307", "ve bir bu ile olarak daha gibi da de o ne en her ama var"),
    "lt": _of("ąčęėįšųūž", "", "ir yra tai kad su kaip bet ne nuo apie mes visus vyks bus"),
    "lv": _of("āčēģīķļņšūž", "", "un ir no ar par ka uz kas bet tas lai pie"),
    "et": _of("äöüõ", "šž", "ja on ei see et ning oma kui ka mis oli v\u00f5i"),
}
"""Languages in Latin letters."""

OTHERS = {
    "ru": _of("оеаинтсрвл", "кмдпуяыьгзбчйхж", "и в на не что с по это как к но из у же за от для"),
    "uk": _of("оаинвіртес", "лкдупмязьбгйчхїє", "і в на не що з до як та у за від для це але про"),
    "bg": _of("аиоетнрсвл", "кдпмзгяъбчущж", "и на се да в за от не с са по е като"),
    "sr": _of("аиоејнтрсу", "вдклпмзгбчшћ", "и у на је да се за од су са не као"),
    "el": _of("αοιετσνηρςίόά", "πκμλυδγχθέήύώω", "και το να του η της με που για από είναι τα"),
    "he": _of("יוהלאתרבמש", "נדחעקפגטזסצכםן", "של את על לא זה עם גם כי או אם"),
    "ar": _of("الينمرتوبع", "دفسهكقحجةأىطصشإضخزثذغظآؤئء", "في من على إلى أن ما هذا لا مع التي عن"),
    "fa": _of("اینرمدهوتب", "سلشکزفگعخق", "و در به از که این را با است برای"),
    "th": _of("านรอกเงมยล", "วดทสตะปบคห่้ีัิ", "ที่ และ ใน ของ เป็น"),
}
"""Languages in other alphabets, and which of their letters are common."""

FINALS = "םןךףץς"
"""Letters that only end a word."""

SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年"
    "过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心"
    "本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由"
    "问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世"
    "位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四"
    "神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便"
    "空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边"
    "请谢您会议工会罢联络"
)
TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年"
    "過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心"
    "本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由"
    "問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世"
    "位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四"
    "神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便"
    "請謝您會議工會罷聯絡"
)
KANJI = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方"
    "四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八"
    "六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多"
    "県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝"
    "面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増"
    "連絡願御"
)
HANGUL = (
    "이다는의에고을가하지로를한은기사도인자시리어대들그해서나있아정수전부일것제여만조상주과보으장구"
    "라신동스성마우들공국게원면비경드오했선적치없모관무니세화위까중생계안소유요방교문용분연합당된야"
    "노업회감말러음내바영진입살두실단습할물임체통양물심트르래별외박려식결속각금"
)
