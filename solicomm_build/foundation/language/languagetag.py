"""Language tags as files, mails and pages carry them (BCP 47, RFC 5646 2.1).

A tag is a language of two or three letters, and up to four more parts of one to eight letters and
digits, so `pt-BR`, `zh-Hant-TW` and a private `en-x-kenya` are tags. The language is written in
lower case; whoever writes it otherwise is understood (`of`).
"""

from __future__ import annotations

import re

TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
"""A tag as our files have it (use with fullmatch)."""
WRITTEN = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
"""A tag as others write it."""


def of(text: str) -> str:
    """The tag that a text is, its language in lower case; empty when it is none."""
    language, hyphen, rest = text.strip().partition("-")
    tag = language.lower() + hyphen + rest
    return tag if TAG.fullmatch(tag) else ""


_LETTERS = """
afr=af aka=ak alb=sq amh=am ara=ar arm=hy aze=az bam=bm baq=eu bel=be ben=bn bod=bo bos=bs bul=bg
bur=my cat=ca ces=cs chi=zh cym=cy cze=cs dan=da deu=de dut=nl ell=el eng=en epo=eo est=et eus=eu
ewe=ee fas=fa fin=fi fra=fr fre=fr ful=ff geo=ka ger=de gle=ga glg=gl gre=el guj=gu hat=ht hau=ha
heb=he hin=hi hrv=hr hun=hu hye=hy ibo=ig ice=is ind=id isl=is ita=it jav=jv jpn=ja kan=kn kat=ka
kaz=kk khm=km kik=ki kin=rw kir=ky kor=ko kur=ku lao=lo lav=lv lin=ln lit=lt lug=lg mac=mk mal=ml
mar=mr may=ms mkd=mk mlt=mt mon=mn msa=ms mya=my nep=ne nld=nl nor=no nya=ny orm=om pan=pa per=fa
pol=pl por=pt pus=ps que=qu ron=ro rum=ro run=rn rus=ru sin=si slk=sk slo=sk slv=sl sna=sn som=so
sot=st spa=es sqi=sq srp=sr ssw=ss swa=sw swe=sv tam=ta tel=te tgk=tg tgl=tl tha=th tib=bo tir=ti
tsn=tn tso=ts tur=tr twi=tw uig=ug ukr=uk urd=ur uzb=uz ven=ve vie=vi wel=cy wol=wo xho=xh yor=yo
zho=zh zul=zu
"""
_SHORT = {pair[:3]: pair[4:] for pair in _LETTERS.split()}


def shortest(tag: str) -> str:
    """The tag with the code of two letters where its language has one, as RFC 5646 2.2.1 asks:
    `es` for `spa` (ISO 639-2), which catalogues write."""
    language, hyphen, rest = tag.partition("-")
    return _SHORT.get(language, language) + hyphen + rest
