"""The forms of the sentences by which faults and remedies are told, for translation (words.py).

A form is the sentence with `%(a)s` and so on where names and numbers stand. A fault that is told in
a new way gets a line here, and its translations in the catalogue `gate`; a test looks for missing
ones. Keys only tell the lines apart.
"""

from __future__ import annotations

from solicomm_build.foundation import i18n

DOMAIN = "gate"

FORMS = {
    "the-message-id-is-not-written-as-in-mail": "the Message-ID is not written as in mail",
    "there-were-pushes": "there were %(a)s pushes in the last hour",
    "a-branch-cannot-be-called-so": "a branch cannot be called so",
    "a-branch-must-name-a-commit": "a branch must name a commit",
    "a-commit-on-the-way-changes": "a commit on the way changes what is there",
    "a-folder-holds-too-many-files": "a folder holds too many files",
    "a-key-is-not-a-plain-word": "a key is not a plain word",
    "a-key-is-too-long": "a key is too long: %(a)s",
    "a-number-to": "A number, %(a)s to %(b)s",
    "a-picture-of-this-kind-is-not-taken": "a picture of this kind is not taken",
    "a-second-document-starts-here": "a second document starts here",
    "accent-has-a-contrast-of-to-1-on-white": (
        "`accent: %(a)s` has a contrast of %(b)s to 1 on white"
    ),
    "add": "Add %(a)s",
    "add-2": "Add `%(a)s: %(b)s`",
    "add-a-line": "Add a line `%(a)s: …`",
    "add-a-line-such-as": "Add a line such as `%(a)s: %(b)s`",
    "add-a-new-file-in-its-place": "Add a new file in its place",
    "add-as-one-plain-word": "Add `%(a)s: ...` as one plain word",
    "add-en": "Add `%(a)s: {en: …}`",
    "add-entry-md-beside-the-files": "Add entry.md beside the files",
    "add-it-anew": "Add it anew",
    "add-it-to-files-with-sha256": "Add it to `files`, with sha256: %(a)s",
    "add-message-id": "Add `message_id`",
    "add-one": "Add one",
    "add-pages-md": "Add pages/%(a)s.md",
    "add-the-logo": "Add the logo",
    "add-the-picture": "Add the picture",
    "add-until-2027-01-01": "Add `until: 2027-01-01`",
    "add-what-it-names-or-write-page-name-news-ev": (
        "Add what it names, or write page:<name>, news, events, media/<file> or https://…"
    ),
    "an-e-mail-address-stands-here-which-everybod": (
        "an e-mail address stands here, which everybody could read"
    ),
    "an-embargo-needs-its-end": "an embargo needs its end",
    "anchors-and-aliases-and-are-refused": "anchors and aliases (& and *) are refused",
    "ask-the-hub-s-operator-for-a-token-with-as": (
        "Ask the hub's operator for a token with --as %(a)s"
    ),
    "at-most": "At most %(a)s",
    "at-most-ask-the-hub-s-operator": "At most %(a)s; ask the hub's operator",
    "at-most-are-taken-wait": (
        "At most %(a)s are taken. Wait a while, and push several commits at once"
    ),
    "at-most-bytes": "At most %(a)s bytes",
    "at-most-levels": "At most %(a)s levels",
    "at-most-make-pictures-smaller-or-ask-the-hub": (
        "At most %(a)s; make pictures smaller, or ask the hub's operator"
    ),
    "at-most-on-a-side-2000-are-plenty-for-a-page": (
        "At most %(a)s on a side; 2000 are plenty for a page"
    ),
    "at-most-take-away-what-is-no-longer-needed": (
        "At most %(a)s; take away what is no longer needed"
    ),
    "begin-each-entry-with": "Begin each entry with `- `",
    "begin-with-a-line": "Begin with a line `---`",
    "begin-with-a-line-then-key-value-lines-then": (
        "Begin with a line `---`, then `key: value` lines, then a line `---`, with LF"
    ),
    "begin-with-schema": "Begin with `schema: %(a)s`",
    "belongs-to-the-hub": "`%(a)s` belongs to the hub",
    "bring-it-back": "Bring it back",
    "call-it": "Call it %(a)s",
    "call-it-for-example": "Call it for example %(a)s",
    "cannot-be": "%(a)s cannot be %(b)s",
    "cannot-be-a-list-s-address": "%(a)s cannot be a list's address",
    "copy-one-from-docs-formats-site-md": "Copy one from docs/formats/site.md",
    "date-is-not-a-day": "`date: %(a)s` is not a day",
    "date-is-not-of": "`date: %(a)s` is not of %(b)s",
    "delete-one-that-is-no-longer-needed-git-push": (
        "Delete one that is no longer needed: git push origin --delete <name>"
    ),
    "did-you-mean": "Did you mean `%(a)s`?",
    "divide-it-with-empty-lines": "Divide it with empty lines",
    "does-not-fit-here": "%(a)s: %(b)s does not fit here",
    "end-it-with-a-line": "End it with a line `---`",
    "entry-md-is-the-card-itself": "`entry.md` is the card itself",
    "everybody-could-read-it-do-git-config-user-e": (
        "Everybody could read it. Do: git config user.email me@users.hub.invalid, then: "
        "git rebase origin/main --exec 'git commit --amend --no-edit --reset-author', "
        "then push again"
    ),
    "exchange-the-dates": "Exchange the dates",
    "exchange-them": "Exchange them",
    "files-of-a-conference-are-conference-yaml-to": (
        "Files of a conference are conference.yaml, topics/…/posts, topics/…/events and files/"
    ),
    "files-of-a-library-are-library-yaml-entries": (
        "Files of a library are library.yaml, entries/<key>/entry.md and files beside it"
    ),
    "files-of-a-site-are-site-yaml-pages-news-yea": (
        "Files of a site are site.yaml, pages/, news/<year>/, events/ and media/"
    ),
    "files-of-this-kind-are-not-taken": "files of this kind are not taken",
    "has-items": "`%(a)s` has %(b)s items",
    "hidden-files-are-not-taken": "hidden files are not taken",
    "holds-an-entry-without-a-sha-256-and-a-size": (
        "`%(a)s` holds an entry without a SHA-256 and a size"
    ),
    "holds-an-invisible-control-character": "`%(a)s` holds an invisible control character",
    "holds-control-characters": "%(a)s holds control characters",
    "html-is-shown-as-it-is-typed": "HTML is shown as it is typed",
    "id-is-another-one-s-name": "`id: %(a)s` is another one's name",
    "id-is-not-this-folder-s": "`id: %(a)s` is not this folder's",
    "is": "`%(a)s` is %(b)s",
    "is-long": "`%(a)s` is %(b)s long",
    "is-longer-than": "%(a)s is longer than %(b)s",
    "is-missing": "`%(a)s` is missing",
    "is-needed-as-with": '%(a)s is needed, as with "%(b)s"',
    "is-no-link-here": "`%(a)s` is no link here",
    "is-no-place-of-a-site": "`%(a)s: %(b)s` is no place of a site",
    "is-not-a-date": "`%(a)s: %(b)s` is not a date",
    "is-not-a-date-with-a-time": "`%(a)s: %(b)s` is not a date with a time",
    "is-not-a-day": "%(a)s is not a day",
    "is-not-a-known-key": "%(a)s is not a known key",
    "is-not-a-language": "`%(a)s` is not a language",
    "is-not-a-list": "%(a)s is not a list",
    "is-not-a-list-of-texts": "`%(a)s` is not a list of texts",
    "is-not-a-mapping": "%(a)s is not a mapping",
    "is-not-a-number-between-and": "%(a)s is %(b)s, not a number between %(c)s and %(d)s",
    "is-not-a-text": "`%(a)s` is not a text",
    "is-not-an-id": "%(a)s is not an id",
    "is-not-known": "`%(a)s: %(b)s` is not known",
    "is-not-understood": "`%(a)s: %(b)s` is not understood",
    "is-redirected-and-it-is-the-address-of": (
        "`%(a)s` is redirected, and it is the address of %(b)s"
    ),
    "is-redirected-twice": "`%(a)s` is redirected twice",
    "join-the-lines": "Join the lines",
    "keep-one-in-a-file": "Keep one in a file",
    "keep-one-of-the-two": "Keep one of the two",
    "keep-to": "Keep to %(a)s",
    "known": "Known: %(a)s",
    "lang-is-not-the-file-s-language": "`lang: %(a)s` is not the file's language",
    "leads-nowhere": "`%(a)s` leads nowhere",
    "leave-one": "Leave one",
    "links-begin-with-https-mailto-or-tel-or-name": (
        "Links begin with https:, mailto: or tel:, or name a page: page:about"
    ),
    "looking-through-the-push-takes-too-long": "looking through the push takes too long",
    "main-cannot-be-deleted": "main cannot be deleted",
    "main-only-goes-forward": "main only goes forward",
    "mend-the-line-a-text-with-or-in-it-needs-quo": (
        "Mend the line; a text with : or # in it needs quotes"
    ),
    "more-than-levels-are-nested": "more than %(a)s levels are nested",
    "move-it-to-news": "Move it to news/%(a)s/",
    "must-be-one-line": "`%(a)s` must be one line",
    "must-hold-key-value-lines": "`%(a)s` must hold `key: value` lines",
    "name-the-page": "Name the page",
    "names-twice": "%(a)s names %(b)s twice",
    "needs-its-language": "`%(a)s` needs its language",
    "no-computer-with-windows-can-hold-a-file-of": (
        "no computer with Windows can hold a file of this name"
    ),
    "no-file": "no file %(a)s",
    "no-page": "no page `%(a)s`",
    "not-one-of": "Not one of %(a)s",
    "one-of": "One of: %(a)s",
    "only-branches-are-taken-here": "only branches are taken here",
    "only-the-hub-writes-that-take-the-line-out": "Only the hub writes that; take the line out",
    "programs-styles-and-html-are-not-taken": "programs, styles and HTML are not taken",
    "push-a-branch-git-push-origin-head-main": "Push a branch: git push origin HEAD:main",
    "push-it-in-several-parts": "Push it in several parts",
    "push-it-in-several-parts-or-see-whether-fold": (
        "Push it in several parts; or see whether folders hold each other"
    ),
    "push-them-in-several-parts-the-oldest-first": "Push them in several parts, the oldest first",
    "push-to-main-git-push-origin-head-main": "Push to main: git push origin HEAD:main",
    "put-its-files-here": "Put its files here",
    "put-the-file-itself-in-its-place": "Put the file itself in its place",
    "remove-one": "Remove one",
    "remove-one-of-them": "Remove one of them",
    "remove-the-tag-or-quote-the-text": "Remove the tag, or quote the text",
    "rename-it": "Rename it",
    "rename-it-entries": "Rename it `entries/%(a)s/`",
    "rename-one": "Rename one",
    "rename-one-of-them": "Rename one of them",
    "rename-the-file": "Rename the file",
    "repeat-the-text": "Repeat the text",
    "save-it-anew": "Save it anew",
    "save-it-as-or-rename-it": "Save it as %(a)s, or rename it",
    "save-it-as-png-jpeg-or-webp": "Save it as PNG, JPEG or WebP",
    "save-it-as-utf-8": "Save it as UTF-8",
    "schema-is-newer-than-this-program": "schema %(a)s is newer than this program",
    "shorten-it": "Shorten it",
    "somebody-pushed-before-you-or-you-rewrote-hi": (
        "Somebody pushed before you, or you rewrote history: git pull --rebase, then push"
    ),
    "tags-are-refused": "tags (!) are refused",
    "take-it-out": "Take it out",
    "take-it-out-what-git-shall-not-see-goes-into": (
        "Take it out; what git shall not see goes into .git/info/exclude"
    ),
    "take-the-redirect-out": "Take the redirect out",
    "the-attachment-is-not-there": "the attachment %(a)s is not there",
    "the-card-does-not-name-the-file": "the card does not name the file %(a)s",
    "the-card-names-other-octets-for": "the card names other octets for %(a)s",
    "the-commits-name-the-e-mail-address": "the commits name the e-mail address %(a)s",
    "the-event-ends-before-it-starts": "the event ends before it starts",
    "the-file-has-bytes": "the file has %(a)s bytes",
    "the-file-has-bytes-are-allowed": "the file has %(a)s bytes, %(b)s are allowed",
    "the-file-has-no-front-matter": "the file has no front matter",
    "the-file-holds-a-nul": "the file holds a NUL",
    "the-file-is-called-and-is-something-else": "the file is called %(a)s and is something else",
    "the-file-is-not-utf-8": "the file is not UTF-8",
    "the-file-takes-too-long-to-read": "the file takes too long to read",
    "the-folders-are-nested-too-deeply": "the folders are nested too deeply",
    "the-front-matter-does-not-end": "the front matter does not end",
    "the-front-matter-is-not-a-mapping": "the front matter is not a mapping",
    "the-heading-jumps-from-level-to": "the heading jumps from level %(a)s to %(b)s",
    "the-key-is-here-twice": "the key %(a)s is here twice",
    "the-key-schema-is-missing": "the key `schema` is missing",
    "the-line-holds-an-invisible-control-characte": "the line holds an invisible control character",
    "the-link-does-not-say-where-it-leads": "the link “%(a)s” does not say where it leads",
    "the-message-of-a-commit-holds-control-charac": (
        "the message of a commit holds control characters"
    ),
    "the-message-of-a-commit-is-too-long": "the message of a commit is too long",
    "the-message-of-commit-says-source": "the message of commit %(a)s says `Source: %(b)s`",
    "the-news-would-go-to-the-list-they-come-from": "the news would go to the list they come from",
    "the-name-differs-from-only-by-capital-letter": (
        "the name differs from %(a)s only by capital letters"
    ),
    "the-name-has-capital-letters": "the name has capital letters",
    "the-name-has-characters-that-are-not-taken": "the name has characters that are not taken",
    "the-name-holds-characters-that-cannot-be-sho": (
        "the name holds characters that cannot be shown"
    ),
    "the-name-is-longer-than-100-characters": "the name is longer than 100 characters",
    "the-name-is-not-in-unicode-s-composed-form-n": (
        "the name is not in Unicode's composed form (NFC)"
    ),
    "the-name-is-not-understood": "the name is not understood",
    "the-name-md-is-not-understood": "the name %(a)s.md is not understood",
    "the-octets-are-not-those-of-the-name": "the octets are not those of the name",
    "the-page-has-the-same-address-as": "the page has the same address as %(a)s",
    "the-pages-do-not-show-that-but-whoever-copie": (
        "The pages do not show that, but whoever copies the repository can read it"
    ),
    "the-picture-holds-what-the-camera": (
        "the picture holds what the camera or a program wrote beside it"
    ),
    "take-that-out-of-it-or-send-the-picture": (
        "Take that out of it, or send the picture by mail: then the hub does it"
    ),
    "the-picture-has-x-pixels": "the picture has %(a)s x %(b)s pixels",
    "the-picture-is-empty": "the picture is empty",
    "the-picture-says-nothing-to-who-cannot-see-i": (
        "the picture %(a)s says nothing to who cannot see it"
    ),
    "the-picture-says-where-it-was-taken": "the picture says where it was taken",
    "the-post-s-message-id-does-not-fit-its-name": "the post's Message-ID does not fit its name",
    "the-push-brings-more-than-commits": "the push brings more than %(a)s commits",
    "the-push-changes-more-than-files": "the push changes more than %(a)s files",
    "the-repository-has-bytes": "the repository has %(a)s bytes",
    "the-schema-is": "the schema is %(a)s",
    "the-schema-is-not-known": "the schema is not known",
    "the-schema-is-not-known-here": "the schema %(a)s is not known here",
    "the-site-has-bytes": "the site has %(a)s bytes",
    "the-site-has-files": "the site has %(a)s files",
    "the-text-has-too-many-links": "the text has too many links",
    "the-text-has-too-many-marks-in-one-paragraph": (
        "the text has too many marks in one paragraph, or nests too deeply"
    ),
    "there-are-more-than-branches": "there are more than %(a)s branches",
    "there-is-no": "there is no %(a)s",
    "there-is-no-card": "there is no card",
    "there-is-one-branch-here-main": "there is one branch here, main",
    "this-post-was-erased": "this post was erased by law and may not come back",
    "your-clone-is-older-than-the-erasure": (
        "Your clone is older than the erasure. Do: git fetch origin, then: git rebase --onto "
        "origin/main OLD main, where OLD is the last commit that came from here; do not merge"
    ),
    "this-file-has-no-place-in-a-conference": "this file has no place in a conference",
    "this-file-has-no-place-in-a-library": "this file has no place in a library",
    "this-file-has-no-place-in-a-site": "this file has no place in a site",
    "this-post-is-there-already-at": "this post is there already, at %(a)s",
    "this-is-a-symbolic-link": "this is a symbolic link",
    "this-is-another-repository-a-submodule": "this is another repository (a submodule)",
    "this-is-for-a-and-you-are-a-here": "this is for a %(a)s, and you are a %(b)s here",
    "this-is-not-a-plain-file": "this is not a plain file",
    "this-is-not-yaml": "this is not YAML: %(a)s",
    "to-undo-a-change-git-revert-head-then-git-pu": (
        "To undo a change: git revert HEAD, then git push"
    ),
    "two-files-are-named": "two files are named `%(a)s`",
    "type-it-anew": "Type it anew",
    "union-is-another-union-s-name": "`union: %(a)s` is another union's name",
    "make-one-commit-of-all": (
        "Make one commit of all: git reset --soft origin/main, then git commit, and push again"
    ),
    "retention-raw-mail-days-has-no-effect": (
        "`retention.raw_mail_days` has no effect yet: verbatim mail is kept"
    ),
    "leave-it-out-and-erase": "Leave it out, and erase what has to go with solicomm erase",
    "use-a-short-key": "Use a short key",
    "use-fewer-levels": "Use fewer levels",
    "use-markdown-in-its-place": "Use Markdown in its place",
    "use-one-of": "Use one of %(a)s",
    "use-several-folders": "Use several folders",
    "use-small-letters-a-to-z-digits-and": "Use small letters a to z, digits, - and _",
    "use-small-letters-a-to-z-digits-and-2": "Use small letters a to z, digits and -",
    "use-small-letters-digits-and-then-the-langua": (
        "Use small letters, digits and -, then the language, as in about-us.en.md"
    ),
    "use-up-to-28-of-a-z-0-9-and-as-in-water-2": "Use up to 28 of a-z, 0-9 and -, as in `water-2`",
    "valid-to-is-before-valid-from": "`valid_to` is before `valid_from`",
    "what-is-there-is-never-changed-or-taken-away": (
        "what is there is never changed or taken away by a push"
    ),
    "words-that-are-there-stay": (
        "Words that are there stay as they are. Answer with a post that has an id of its own"
    ),
    "write": "Write %(a)s",
    "write-2": "Write `%(a)s: %(b)s`",
    "write-a-list-such-as": "Write a list such as `%(a)s: %(b)s`",
    "write-en": "Write `%(a)s: {en: …}`",
    "write-en-fr-es": "Write en, fr, es, …",
    "write-for-example": "Write for example `%(a)s: %(b)s`",
    "write-home-news-events-people-join-library-p": (
        "Write home, news, events, people, join, library, page:<name> or conference:<id>"
    ),
    "write-id": "Write `id: %(a)s`",
    "write-it-anew": "Write it anew",
    "write-it-as-in": "Write it as in `%(a)s`",
    "write-it-without-brackets-and-spaces": (
        "Write it without brackets and spaces, and name the file by it"
    ),
    "write-it-in-a-simpler-way-or-divide-it": "Write it in a simpler way, or divide it",
    "write-key-value": "Write `key: value`",
    "write-key-value-lines": "Write `key: value` lines",
    "write-lang": "Write `lang: %(a)s`",
    "write-one-of": "Write one of: %(a)s",
    "write-only-what-stands-before-the": "Write only what stands before the @",
    "write-opens-2026-04-06": "Write `opens: 2026-04-06`",
    "write-schema": "Write `schema: %(a)s`",
    "write-sha256-and-bytes": "Write sha256: %(a)s and bytes: %(b)s",
    "write-the-part-before-in-a-z-0-9-and-as-in-w": (
        "Write the part before @, in a-z, 0-9, . and -, as in `water`"
    ),
    "write-the-text-as-markdown-in-a-file-that-en": (
        "Write the text as Markdown, in a file that ends in .md"
    ),
    "write-union": "Write `union: %(a)s`",
    "write-what-is-to-be-seen-the-gate-media-gate": (
        'Write what is to be seen: ![The gate](media/gate.jpg), or ![](media/line.png "decorative")'
    ),
    "write-year-year-month-or-year-month-day-as-i": (
        "Write year, year-month or year-month-day, as in `2025-11-03`"
    ),
    "you-have-no-name-here": "you have no name here that may stand in a repository",
    "ask-the-hub-s-operator-to-make-you-a-member": (
        "Ask the hub's operator to make you a member, or for a token with a short name"
    ),
    "by-is-not-you": "`by: %(a)s` is not you",
    "write-by": "Write `by: %(a)s`",
    "a-topic-is-not-moved-by-a-push": "a topic is not moved by a push, since its posts go along",
    "write-move-and-the-conference": "Write `move` and the conference to the address of the topic",
    "at-is-in-the-future": "`at` is in the future",
    "write-the-time-of-now": "Write the time of now, in UTC",
    "you-were-no-moderator-here": (
        "you were no moderator here at that time, so it would have no effect"
    ),
    "means-nothing-here": "`%(a)s` means nothing here",
    "take-it-out-beside-its-head": "Take it out; beside its head a `%(a)s` has %(b)s",
    "no-label-is-named": "no label is named",
    "write-add-or-remove": "Write `add: [wages]` or `remove: [wages]`",
    "types-are": "Types are %(a)s",
    "this-is-no-name-of-a-form": "this is no name of a form",
    "call-a-form": (
        "Call a form forms/ID@VERSION.yaml, for example forms/collective-agreement@1.yaml"
    ),
    "forms-names-what-is-not-there": "`forms` names %(a)s, and %(b)s is not there",
    "add-it-or-take-it-out": "Add %(a)s in the same push, or take %(b)s out",
}


def translated(lang: str, key: str) -> str:
    """The form called `key` in `lang`, as it is where the catalogue has none."""
    return i18n.gettext(lang, FORMS[key], domain=DOMAIN)
