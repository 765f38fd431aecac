"""Where a mail's text ends and the old thread begins that a program has put below it, unmarked.

Outlook, Windows Mail, AOL, Yahoo and others quote without `>`: a line of dashes with "Original
Message", a block of From, Sent, To and Subject, or a bare "On … wrote:", and then all that was
written before. Pure: works on lines of text, so that it does not matter whether they came as plain
text or as HTML (a border, a rule, a `div` of some class: what is left of them is these lines).

It must never take an author's own line for old: a block counts only when it begins with From (or a
date, below a rule), holds a date and a subject in the labels of one language, and looks like mail
(a mailbox, a time of the day, a label that only mail programs write); "On … wrote:" only with a
time or a mailbox in it; and both only below words of the author's. A forwarded message is what its
author wants to show. What lies below belongs to the thread: these programs put the cursor above.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class _Labels(NamedTuple):
    """How a language's programs call the fields; `sent` is written by mail programs alone."""

    sender: tuple[str, ...]
    sent: tuple[str, ...]
    date: tuple[str, ...]
    to: tuple[str, ...]
    subject: tuple[str, ...]


def _named(sender: str, sent: str, date: str, to: str, subject: str) -> _Labels:
    return _Labels(*(tuple(names.split("|")) for names in (sender, sent, date, to, subject)))


_LANGUAGES = (
    _named("From", "Sent|Sent on", "Date", "To", "Subject"),
    _named("De", "Envoyé|Envoyé le|Envoyée", "Date", "À|A|Pour", "Objet|Sujet"),
    _named("De", "Enviado|Enviado el|Enviado a", "Fecha", "Para|A", "Asunto"),
    _named("De", "Enviado|Enviada|Enviado em|Enviada em", "Data", "Para", "Assunto"),
    _named("От|От кого", "Отправлено|Отправлен", "Дата", "Кому", "Тема"),
    _named("من|المرسل", "تم الإرسال|تاريخ الإرسال|أرسلت", "التاريخ", "إلى|الى", "الموضوع"),
    _named("Von", "Gesendet|Gesendet am", "Datum", "An", "Betreff"),
    _named("Da", "Inviato|Inviata", "Data", "A", "Oggetto"),
    _named("Van", "Verzonden", "Datum", "Aan", "Onderwerp"),
    _named("Od", "Wysłano|Wysłane", "Data", "Do", "Temat"),
    _named("Från", "Skickat", "Datum", "Till", "Ämne"),
    _named("Fra", "Sendt", "Dato", "Til", "Emne"),
    _named("Od", "Odesláno|Odoslané", "Datum|Dátum", "Komu", "Předmět|Predmet"),
    _named("Feladó", "Elküldve|Küldve", "Dátum", "Címzett", "Tárgy"),
    _named("Kimden|Gönderen", "Gönderme|Gönderildi", "Tarih", "Kime", "Konu"),
    _named("Від", "Надіслано|Відправлено", "Дата", "Кому", "Тема"),
    _named("Από", "Στάλθηκε|Εστάλη", "Ημερομηνία", "Προς", "Θέμα"),
    _named("发件人|寄件者", "发送时间|傳送時間", "日期", "收件人|收件者", "主题|主旨"),
    _named("差出人", "送信日時", "日付", "宛先", "件名"),
    _named("보낸 사람", "보낸 날짜|보냄", "날짜", "받는 사람", "제목"),
)
_LABEL = re.compile(r"[ \t*_]{0,6}([^\W\d_][^:：\n]{0,24}?)[ \t\u00a0*_]{0,4}[:：][*_]{0,3}(.*)")
_BLOCK_LINES = 12  # of a header block; To and Cc may go over several
_TIME = re.compile(r"(?<!\d)\d{1,2}(?:[:.h]|\s?h\s?)\d{2}(?!\d)")
_MAILBOX = re.compile(r"[^\s@]@[^\s@]|<[^<>\s]{1,200}>|\[mailto:", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[/.]\d{1,2}[/.]\d{2}")
_RULE = re.compile(r"[ \t]*+(?:[-_=*]{3,}+[ \t]*+)++")
_ORIGINAL = re.compile(
    r"[ \t]*+-{2,80}+[ \t]*+(?:original (?:message|appointment)|message d['’]origine"
    r"|message original|mensaje original|mensagem original|исходное сообщение"
    r"|(?:ال)?رسالة (?:ال)?أصلية|urspr(?:ü|ue)ngliche nachricht|messaggio originale"
    r"|oorspronkelijk bericht|(?:oryginalna wiadomość|wiadomość oryginalna)|ursprungligt meddelande"
    r"|oprindelig meddelelse|původní zpráva|eredeti üzenet|özgün ileti|orijinal mesaj"
    r"|оригінальне повідомлення|αρχικό μήνυμα|原始邮件|原始郵件|original mail)"
    r"[ \t]*+-{0,30}+[ \t]*+",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"[ \t]*+-{0,30}+[ \t]*+(?:begin )?(?:forwarded message"
    r"|message (?:transf[ée]r[ée]|r[ée]exp[ée]di[ée])|d[ée]but du message .{1,20}"
    r"|(?:inicio del )?mensaje reenviado"
    r"|(?:in[ií]cio da )?mensagem (?:encaminhada|reencaminhada)"
    r"|(?:начало )?(?:пересылаем|пересланн|переадресованн)\S{1,6} сообщени\S"
    r"|(?:ال)?رسالة (?:ال)?(?:معاد توجيهها|محولة|مُعاد توجيهها)"
    r"|(?:anfang der )?weitergeleitete[n]? nachricht|(?:inizio )?messaggio inoltrato"
    r"|doorgestuurd bericht|(?:wiadomość przekazana|przekazana wiadomość)|fwd)"
    r"[ \t]*+:?+[ \t]*+-{0,30}+[ \t]*+",
    re.IGNORECASE,
)
# One line, or two or three that a program has wrapped, joined by spaces.
_WROTE = re.compile(
    r"(?:-{2,4} ?)?(?:"
    r"On .{8,250}[ ,]wrote ?:"
    r"|Le .{8,250} (?:a|à) écrit\s?:"
    r"|El .{8,250}[ ,](?:escribió|escribi[oó]) ?:"
    r"|(?:Em|No dia|A) .{8,250}[ ,]escreveu ?:"
    r"|(?:Am|Den|Dne|Op|Dnia|W dniu|Den) .{8,250} (?:schrieb|skrev|napsal(?:\(a\))?|schreef"
    r"|napisał(?:\(a\)|a)?|pisze)\b.{0,150} ?:"
    r"|Op .{8,250} heeft .{1,150} het volgende geschreven ?:"
    r"|(?:Il|In data) .{8,250} ha scritto ?:"
    r"|.{8,250}[ ,](?:пишет|написала?|писал(?:\(а\)|а)?|пише|написав|написал\(а\)) ?:"
    r"|.{8,250} (?:şunu yazdı|a scris|írta|έγραψε|написа) ?:"
    r"|.{8,160}<[^<>\s]{3,120}> ?:"  # Gmail in Russian and others: no verb, date and mailbox
    r"|(?:في|بتاريخ) .{8,250}(?:كتب|كتبت|تمت كتابة ما يلي بواسطة)\b.{0,150} ?:"
    r")"
)
# A line that ends in a colon, and no marked quote below it.
_BARE = re.compile(r":(?:\u200f|\u200e|[ \u00a0])?(?:<br>|</p>\n(?!<blockquote>)(?=<))")
_LABELLED = re.compile(
    "|".join(sorted({name for one in _LANGUAGES for name in (*one.subject, *one.sent)}))
)
_WORD = re.compile(r"[^\W_]")


def may_hold(html: str) -> bool:
    """Whether looking closer at a rendered post can find anything; quick, for nearly all have
    nothing, or only lines "On … wrote:" above marked quotes."""
    return bool(_LABELLED.search(html) or _BARE.search(html))


def start(lines: Sequence[str]) -> int | None:
    """The index of the line where the old thread begins; None when there is none, or nothing of
    the author's own above it. Lines with `>` are quotes already, and never begin one."""
    has_own = False
    for number in range(1, len(lines)):
        has_own = has_own or _is_own(lines[number - 1])
        if has_own and _begins(lines, number):
            return None if _is_forwarded(lines, number) else _above(lines, number)
    return None


def _is_forwarded(lines: Sequence[str], number: int) -> bool:
    above = next((line for line in reversed(lines[:number]) if line.strip()), "")
    return bool(_FORWARDED.fullmatch(above[:200]))


def _is_own(line: str) -> bool:
    """Whether a line holds words that no program wrote."""
    if line[:1] == ">" or not _WORD.search(line):
        return False
    line = line[:400].strip()
    return not (_ORIGINAL.fullmatch(line) or _FORWARDED.fullmatch(line) or _WROTE.fullmatch(line))


def _begins(lines: Sequence[str], number: int) -> bool:
    line = lines[number]
    if ":" not in line and "：" not in line and not line.startswith(_FIRST_WORDS):
        return False
    return _is_header(lines, number) or _is_attribution(lines, number)


def _above(lines: Sequence[str], number: int) -> int:
    """The first of the rules, blank lines and "Original Message" that stand above a block."""
    first = number
    while number > 0:
        number -= 1
        line = lines[number][:200]
        if _RULE.fullmatch(line) or _ORIGINAL.fullmatch(line):
            first = number
        elif line.strip():
            break
    return first


# -- From, Sent, To, Subject ---------------------------------------------------------------------


def _is_header(lines: Sequence[str], number: int) -> bool:
    first = _LABEL.match(_plain(lines[number]))
    if first is None:
        return False
    below_a_rule = _above(lines, number) < number
    return any(
        (first[1] in labels.sender or (below_a_rule and first[1] in labels.date))
        and _looks_like_mail(_fields(lines, number, labels), labels)
        for labels in _LANGUAGES
    )


def _plain(line: str) -> str:
    return line[:400].replace("\u200e", "").replace("\u200f", "")


def _fields(lines: Sequence[str], number: int, labels: _Labels) -> dict[str, str]:
    """The fields of a block by label: up to the first blank line below what makes it one."""
    known = {name for names in labels for name in names}
    found: dict[str, str] = {}
    for line in map(_plain, lines[number : number + _BLOCK_LINES]):
        field = _LABEL.match(line)
        if field is not None and field[1] in known:
            found.setdefault(field[1], field[2])
        elif not line.strip() and len(found) > 2:
            break
    return found


def _looks_like_mail(found: dict[str, str], labels: _Labels) -> bool:
    """Whether fields are those that a program puts above the mail that it quotes: a sender, a date
    and a subject, or the time of sending and a recipient; and a sign that it was mail."""
    sender = next((found[name] for name in labels.sender if name in found), None)
    sent = next((found[name] for name in labels.sent if name in found), "")
    date = sent or next((found[name] for name in labels.date if name in found), "")
    if sender is None or not any(map(str.isdigit, date)):
        return False
    is_mail = bool(_MAILBOX.search(sender) or _TIME.search(date))
    if any(name in found for name in labels.subject):
        return is_mail or bool(sent)
    return bool(sent) and is_mail and any(name in found for name in labels.to)


# -- On … wrote: ---------------------------------------------------------------------------------

_FIRST_WORDS = (
    "On ",
    "Le ",
    "El ",
    "Em ",
    "No dia ",
    "A ",
    "Am ",
    "Den ",
    "Dne ",
    "Op ",
    "Dnia ",
    "W dniu ",
    "Il ",
    "In data ",
    "في ",
    "بتاريخ ",
    "-- On ",
    "--- On ",
    "---- On ",
)


def _is_attribution(lines: Sequence[str], number: int) -> bool:
    """A bare "On … wrote:" with text below it that is not marked as a quote."""
    text = ""
    for size in range(3):
        if number + size >= len(lines) or (size and not lines[number + size].strip()):
            return False
        text = f"{text} {lines[number + size][:300].strip()}".strip()
        if text.endswith((":", "：")):
            break
    else:
        return False
    if len(text) > 500 or not _WROTE.fullmatch(text):
        return False
    has_mailbox, has_year = bool(_MAILBOX.search(text)), bool(_YEAR.search(text))
    if not (_TIME.search(text) and (has_mailbox or has_year)) and not (has_mailbox and has_year):
        return False
    below = next((line for line in lines[number + size + 1 :] if line.strip()), "")
    return bool(below) and below[:1] != ">"
