"""Words around answers in six languages: manners, doubts, yes and no. Pure tables.

All as `natural.folded` gives words: lower case, Arabic letters in one spelling, accents kept.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(
        " ".join(one.split()) for one in text.replace("\n", "|").split("|") if one.strip()
    )


POLITE = _words(
    """please|thanks|thank you|many thanks|thank you very much|of course|cheers|hello|hi|hey
    merci|merci beaucoup|s'il vous plaît|s'il te plaît|svp|stp|bien sûr|bonjour|bonsoir|salut
    por favor|gracias|muchas gracias|claro|claro que sí|hola|buenas|buenos días
    obrigado|obrigada|muito obrigado|muito obrigada|com certeza|olá|oi|bom dia
    пожалуйста|спасибо|большое спасибо|конечно|здравствуйте|привет|добрый день
    من فضلك|من فضلكم|لو سمحت|لو سمحتم|شكرا|شكرا جزيلا|طبعا|بالتاكيد|مرحبا|السلام عليكم"""
)
MOST_WORDS = 4
"""Of the longest of them."""

DOUBTS = _words(
    """but|if|not|unless|except|however|only|maybe|perhaps|although|though|or|until|without|later
    don't|can't|won't|cannot|didn't|doesn't|isn't|never|sure|wait|first|think|depends|almost|could
    mais|si|pas|sauf|peut-être|seulement|ne|ou|jamais|sans|plus tard|attends|attendez|d'abord|dépend
    pero|salvo|excepto|quizás|quizá|solo|sólo|o|nunca|sin|sino|aunque|mañana|luego|depende|espera|tal
    mas|se|talvez|exceto|só|apenas|porém|embora|sem|amanhã|depois|ou|espere|não|nao
    но|если|не|кроме|только|может|или|хотя|пока|без|потом|завтра|возможно|наверное|подождите|однако
    لكن|ولكن|اذا|ليس|الا|ربما|فقط|لا|لم|لن|او|بشرط|غدا|لاحقا|انتظر|قد"""
)
"""Beside an answer, these may turn or bind it: then it is asked back."""

TURNS = _words(
    """but|however|unless|if|mais|sauf|si|pero|sino|salvo|mas|porém|se|но|однако|если|لكن|ولكن|اذا"""
)
"""Beside a no, these may turn it."""

YES = _words(
    """yes|yep|yeah|yes i do|ok|okay|sure|agreed|i agree|i do|i confirm|confirmed|correct|right
    oui|d'accord|je confirme|je suis d'accord|ouais
    sí|si|de acuerdo|vale|confirmo|acepto|correcto
    sim|de acordo|concordo|aceito|certo
    да|согласен|согласна|подтверждаю|хорошо|верно
    نعم|اجل|موافق|موافقه|اوافق|تمام|اءكد|اؤكد|صحيح"""
)
NO = _words(
    """no|nope|not me|it was not me|it wasn't me|i did not|i didn't|no i did not|i do not|i don't
    non|pas moi|ce n'est pas moi|ce n'était pas moi|je ne veux pas
    no fui yo|no quiero|yo no
    não|nao|não fui eu|não quero|eu não
    нет|не я|это не я|я не писал|я не писала|не хочу
    لا|كلا|ليس انا|لست انا|لم افعل|لا اريد"""
)
"""What says that its author does, or does not, want what was asked."""
