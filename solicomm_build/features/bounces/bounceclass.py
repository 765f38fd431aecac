"""The class of a delivery failure: what its enhanced status and its words say.

Pure; imports message.dsn. The words are those of real mail servers. They are looked at even where
there is a status, since some servers write 5.1.1 for a spam block and x.0.0 for everything.

The rules: docs/mail-rules.md#bounces.
"""

from __future__ import annotations

import re

from solicomm_build.features.bounces.kind import Kind
from solicomm_build.features.bounces.reports.failure import MAX_DIAGNOSTIC, Failure

MOST_WORDS = 3 * MAX_DIAGNOSTIC + 1
"""Characters that patterns are looked for in: a diagnosis, and the links of it in two ways."""

_GONE_STATUS = frozenset(
    {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310"}
)
_FULL_STATUS = frozenset({"5.2.2", "4.2.2"})
_SIZE_STATUS = frozenset({"5.2.3", "5.3.4", "4.2.3", "4.3.4"})
_SENDER_STATUS = frozenset({"5.1.7", "5.1.8", "5.7.27"})  # they mean us
# Where words may say that somebody is gone; in others, such as 5.4.7 (expired), they may not.
_OPEN_STATUS = re.compile(r"(?:5\.(?:0\.\d+|1\.\d+|2\.[02]|3\.[02]|4\.[014]|5\.\d+))?")

_URL = re.compile(r"https?://\S{1,400}")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w.-]{1,128}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")  # NoSuchUser
# What follows is looked for in lower case: a pattern that ignores case tries each of its
# alternatives at every letter, one that does not looks at what they begin with (module re).
_FULL = re.compile(
    r"quota|(?:mail|in) ?(?:box|folder)(?: \S+)? (?:is |has been )?(?:full|exceed)|full mailbox"
    r"|mailbox (?:storage |size )?limit|out of (?:storage|disk)|box space not enough"
    r"|insufficient (?:disk|storage|system"
    r" storage)|(?:not (?:have )?enough|no) (?:storage |disk )?space"
    r"|storage (?:space |limit )?(?:is )?exceed"
    r"|exceed\w* (?:the |its |his )?(?:maximum )?storage|not accepting (?:any )?messages.{0,20}"
    r"full|\bmailbox_?full\b|has exceeded (?:his|her|its|their|the) (?:disk|mailbox|storage)"
    r"|bo[iîí]te .{0,60}(?:pleine|satur)|buz[oó]n .{0,20}llen|cuota (?:excedida|superada)"
    r"|caixa (?:postal |de entrada )?(?:est[aá] )?cheia|postfach (?:\S+ )?(?:ist )?voll"
    r"|casella (?:\S+ )?piena|ящик (?:\S+ )?(?:переполнен|полон)|容量|已满|ممتلئ"
    r"|skrzynka (?:\S+ )?pe[lł]na",
)
_SIZE = re.compile(
    r"message (?:size|length|is|file)?\s*(?:size )?(?:exceeds|exceeded|too (?:large|big|long))"
    r"|too large|too big|larger than|(?:size|message) limit|maximum (?:inbound |incoming )?"
    r"(?:message )?size",
)
_BLOCKED = re.compile(
    r"spam|\bblock(?:ed|ing|list)|(?:black|deny|block)[ -]?list|\b(?:dns|r|u)bl\b|\bspf\b|\bdkim\b"
    r"|\bdmarc\b|reputation|rate[ -]?limit|unsolicited|\bbulk\b|virus|malware|phish|suspicious"
    r"|throttl|relay(?:ing)? (?:is )?(?:denied|not permitted|not allowed|prohibited)"
    r"|unable to relay|\bbanned\b|complain|(?<!not )listed (?:at|in|by|on) \S{1,60}\.\w"
    r"|barracuda|senderbase|cloudmark|proofpoint.{0,40}block",
)
_POLICY = re.compile(
    r"\brate\b|too (?:many(?! hops)|quickly|fast|frequent)|policy"
    r"|(?:content|message|mail|service) (?:was )?(?:rejected|refused|filtered|denied)|authenticat"
    r"|not authori[sz]ed|prohibit(?:ed|ion)|\bpoor\b"
    r"|sender (?:address )?(?:rejected|denied|verif)|reverse (?:dns|lookup)|\bptr\b|\bhelo\b"
    r"|(?:client|your) (?:host|ip|server)|ip address|(?<!not )listed (?:at|in|by|on)"
    r"|restrict|access denied|not allowed to send|permission|refused to talk to me"
    r"|(?:not accept\w*|will not accept|do(?:es)? not accept) (?:delivery of |any )?(?:e?-?mails? |"
    r"messages? )?from|in reply to (?:ehlo|helo|initial)|\bjunk\b|not permitted to",
)
# About who sends: our address, our domain, or what was answered before a recipient was named.
_SENDER = re.compile(
    r"(?:after|(?:in )?reply to|response to) (?:the )?(?:smtp )?(?:command:? )?mail(?: from|\b)"
    r"|(?:sender|return[ -]?path|return address|envelope from|mail from:?|from address)\b.{0,60}"
    r"(?:reject|denied|invalid|unknown|not (?:exist|found|valid|allowed|permitted)|n't exist"
    r"|verif|refused|unresolv|null ?mx|does not accept|must)"
    r"|(?:invalid|unknown|bad|unverified|no such|cannot verify|could not verify|illegal)"
    r" (?:sender|return[ -]?path|mail from)",
)
_PATIENCE = re.compile(r"gr[ea]y-?list")
_GONE = re.compile(
    r"(?:user|recipient|mailbox|account|address|local part|member|person|userid|addressee)"
    r"(?: name)?(?: \S+)?"
    r"(?: is| was| has| are)?(?: been| currently)?[ -]*(?:unknown|not[ -]?"
    r"(?:found|known|exist|valid|recogni[sz]ed|registered)|invalid|disabled|inactive|deactivated"
    r"|deleted|closed|expired|terminated|discontinued|obsolete|no longer)"
    r"|(?:unknown|no such|nonexistent|non-existent|invalid) (?:local )?(?:final delivery )?(?:user"
    r"|recipient|mailbox|account|address|person|local[- ]part|name|user ?id|addressee)"
    r"|unknown (?:or illegal|to address)|bad (?:destination|address) (?:mailbox|system)"
    r"|(?:does|do|did)(?: not|n't) (?:exist|have an? \S+ account|like recipient)"
    r"|does not have a final|no (?:mailbox|account|user|recipient)s? (?:here|by|with|of|found"
    r"|exists?|named)|no matches to nameserver"
    r"|not (?:a (?:valid|known|local|registered)|our|listed in|find |recogni[sz]ed by)"
    r"|no longer (?:exist|valid|active|in use"
    r"|available|accept|work|employ|on server|with us|a member)|unrout(?:e)?able"
    r"|(?:couldn't|could not|wasn't|can't|cannot)"
    r" (?:be )?(?:found|find)|rec\w+notfound|recipient address rejected: access denied"
    r"|there is no one|undeliverable address|no mailbox|left the (?:company|organi[sz]ation)"
    r"|account that you tried to reach|nosuchuser|mailbox_?not_?found"
    # Domains, which are gone with all their addresses.
    r"|(?:unknown|no such|invalid|non-?existent|unresolvable|bad) (?:mail )?(?:domain|host\b)"
    r"|(?:host|domain)(?: or domain)?(?: name)?(?: \S{1,80})? (?:is )?(?:not found|unknown|does not"
    r" (?:exist|resolve)|doesn't exist|not exist|invalid)|nxdomain|null ?mx"
    r"|no (?:valid )?(?:mx|a) (?:record|host|exchanger)"
    r"|mx records? point to non-?existent|no mail ?(?:server|exchanger|hub)"
    r" (?:for|found)|domain does not accept (?:e-?)?mail|no dns (?:entry|record|information)"
    # Other languages.
    r"|n['’]existe (?:pas|plus)|(?:utilisateur|destinataire|adresse|bo[iî]te)[^.]{0,30}"
    r"(?:inconnue?|introuvable|invalide)|(?:usuario|destinatario|cuenta|direcci[oó]n|buz[oó]n)"
    r"[^.]{0,30}(?:desconocid[oa]|inexistente|no existe|no encontrad[oa])"
    r"|(?:usu[aá]rio|destinat[aá]rio|conta|endere[cç]o)[^.]{0,30}(?:desconhecid[oa]|inexistente"
    r"|n[aã]o existe|n[aã]o encontrad[oa])|existiert nicht|(?:empf[aä]nger|benutzer)[^.]{0,20}"
    r"unbekannt|unbekannter? (?:empf[aä]nger|benutzer)|utente sconosciuto|(?:indirizzo|utente"
    r"|casella)[^.]{0,30}(?:inesistente|non esiste|non valid[oa])|bestaat niet|onbekende? "
    r"(?:gebruiker|ontvanger|adres)|nie istnieje|nieznany (?:u[zż]ytkownik|adresat)|не существует"
    r"|не найден|такого (?:пользователя|ящика|адреса) нет|нет такого|неизвестн\w+ (?:получател|"
    r"адрес|пользовател)|存在しません|見つかりません|宛先不明|不存在|غير موجود",
)
# What says so when nothing else is told, and less than a policy's words.
_LIKELY = re.compile(
    r"recipient address rejected|address rejected|mailbox (?:is )?(?:currently )?unavailable"
    r"|(?:check|verify) (?:if |that |whether )?(?:the |above |this )?(?:e-?mail "
    r"|recipient(?:'s)? )?address(?:\(?es\)?)?(?: is| are|,| for)? ?(?:correct|and|valid|spell)?"
    r"|no valid recipients?"
    r"|(?<![\d.])5(?:21|56)[ -]|recipient (?:rejected|refused)|does not accept mail",
)
_RECIPIENT_DENIED = re.compile(r"recipient address rejected: access denied")
_FOR_NOW = re.compile(
    r"temporar|try (?:again )?later|found, try again|for now|currently unavailable|not respond",
)


def classify(failure: Failure) -> Kind:
    """The class of a failure by its enhanced status and its words (docs/mail-rules.md#bounces).

    In doubt it is `soft`: `gone` needs a permanent failure and evidence, and never comes from a
    second opinion. Addresses are left out of the words; what a link is called says something only
    where the words do not.
    """
    said = failure.diagnostic[:MAX_DIAGNOSTIC]
    links = " ".join(_URL.findall(said))
    words = _ADDRESS.sub(" ", _URL.sub(" ", said))
    kind = _kind(failure, words)
    if kind is Kind.SOFT and links:
        return _kind(failure, f"{words} {_spelt(links)}")
    return kind


def _spelt(links: str) -> str:
    """The words that names in a link are made of."""
    paths = re.sub(r"https?://[^/\s]{1,200}", " ", links)
    return " ".join(_HUMP.sub(" ", re.sub(r"[^A-Za-z]+", " ", f"{links} {paths}")).split())


def _kind(failure: Failure, words: str) -> Kind:
    status, words = failure.status, words.lower()[:MOST_WORDS]
    if status in _FULL_STATUS or _FULL.search(words):
        return Kind.FULL
    if status in _SIZE_STATUS or _SIZE.search(words):
        return Kind.SIZE
    named = bool(_GONE.search(words))
    blocked = bool(_BLOCKED.search(words))
    ours = (blocked or bool(_POLICY.search(words))) and not _RECIPIENT_DENIED.search(words)
    for_now = bool(_FOR_NOW.search(words))
    about_us = bool(_SENDER.search(words)) or (status in _SENDER_STATUS and not named)
    if failure.action == "delayed" or status.startswith("4"):
        ours = ours and not named and not _PATIENCE.search(words)
        return Kind.POLICY if ours or about_us else Kind.SOFT
    if about_us or status.startswith("5.6."):
        return Kind.POLICY
    evident = named and not for_now and failure.source != "second"
    if status.startswith("5.7."):
        return Kind.GONE if evident and not ours else Kind.POLICY
    if status in _GONE_STATUS:
        if ours and not named:
            return Kind.POLICY
        return Kind.SOFT if for_now else Kind.GONE
    if ours and (blocked or not named):
        return Kind.POLICY
    likely = not ours and not for_now and failure.source != "second" and _LIKELY.search(words)
    return Kind.GONE if (evident or likely) and _OPEN_STATUS.fullmatch(status) else Kind.SOFT
