"""Words that carry grammar and no subject: they are not indexed.

English is lunr's list. The others are the articles, pronouns, prepositions, conjunctions and
auxiliary verbs of each language. The long lists in circulation (stopwords-iso, 500 to 700 words)
name "war", "people", "support" and "group" as well: words that members look for. The tests check
that ours are a selection from those.
"""

from __future__ import annotations

from lunr.stop_word_filter import WORDS as _LUNR

FRENCH = """
a à ai as au aux avait avant avec avez avons avoir car ce ceci cela celle celles celui ces cet cette
ceux chez comme d dans de des donc dont du elle elles en entre es est et étaient était étant été
être eu eux furent fut il ils j je l la là le les leur leurs lors lui m ma mais me même mêmes mes
moi mon n ne ni nos notre nous on ont ou où par pas pendant peu peut pour pourquoi qu quand que quel
quelle quelles quels qui quoi s sa sans se sera serait ses si son sont sous suis sur t ta te tes toi
ton tous tout toute toutes tu un une vos votre vous y
"""
SPANISH = """
a al algo ante antes aquel aquella aquellas aquellos aquello aunque cada como con contra cual cuales
cuando de del desde donde durante e el él ella ellas ellos en entre era eran es esa esas ese eso
esos esta está están estar estas este esto estos fue fueron ha había han hasta hay he la las le les
lo los más me mi mis mucho muy nada ni no nos nosotros nuestra nuestras nuestro nuestros o os otra
otras otro otros para pero poco por porque que qué quien quienes se sea según ser será si sí sido
sin sobre son soy su sus también tan te tiene tienen todo todos tu tus un una unas uno unos usted
ustedes y ya yo
"""
PORTUGUESE = """
a à ao aos as às até com como da das de dela delas dele deles depois do dos e é ela elas ele eles em
entre era eram essa essas esse esses esta está estão estas este estes eu foi foram há isso isto já
lhe lhes mais mas me mesmo meu meus minha minhas muito na não nas nem no nos nós nossa nossas nosso
nossos num numa o os ou para pela pelas pelo pelos por porque qual quando que quem se seja sem ser
será seu seus sob sobre sua suas são só também te tem têm ter tu tua tuas um uma umas uns você vocês
vos
"""
RUSSIAN = """
а без бы был была были было быть в вам вас весь во вот все всё всего всех вы где да даже для до его
ее её если есть еще ещё ж же за здесь и из или им их к как какая какой когда который кто ли лишь
между меня мне мной мы на над нам нас наш наша наше наши не него нее неё ней нет ни них но ну о об
он она они оно от очень по под после потому при про с сам свое свой свои себе себя со так также
такой там те тем то того тоже той только том тот ту ты у уже хотя чего чем что чтобы эта эти это
этого этой этом этот эту я
"""
ARABIC = """
أن أنا أنت أو أي أين إذا إلى إن إنه التي الذي الذين اللذان ألا أما ان او اي الى بعد بعض بل بما بن به
بها بين تلك ثم حتى حيث خلال دون ذلك سوف ضد عن عند عندما على عليه عليها غير فإن في فيه فيها قبل قد
كان كانت كل كلا كما كي كيف لا لدى لقد لكن لم لما لماذا لن له لها لو ليس ليست ما ماذا متى مثل مع من
منذ منه منها نحن نحو هذا هذه هل هم هما هن هنا هناك هو هي و ولا ولم ومن وهو وهي يا يكون
"""
"""Each as people write it, with accents."""

BY_LANGUAGE: dict[str, frozenset[str]] = {
    "en": frozenset(_LUNR),
    "fr": frozenset(FRENCH.split()),
    "es": frozenset(SPANISH.split()),
    "pt": frozenset(PORTUGUESE.split()),
    "ru": frozenset(RUSSIAN.split()),
    "ar": frozenset(ARABIC.split()),
}
