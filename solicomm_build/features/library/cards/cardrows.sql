CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE reflects (library TEXT PRIMARY KEY, commit_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE card (
  library TEXT NOT NULL, key TEXT NOT NULL, added INTEGER NOT NULL, stamp INTEGER NOT NULL,
  status TEXT NOT NULL, type TEXT NOT NULL, blob TEXT NOT NULL, files TEXT NOT NULL,
  title TEXT NOT NULL, issued TEXT NOT NULL, line TEXT NOT NULL, fault TEXT NOT NULL,
  PRIMARY KEY (library, key)) WITHOUT ROWID;
CREATE INDEX card_stamp ON card (stamp, library, key);
CREATE INDEX card_added ON card (library, status, added, key);
-- published cards by value, in the order of lists; values that have one address are one
-- (builder/slug.py), and `name` is how the card writes it
CREATE TABLE facet (
  library TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, added INTEGER NOT NULL,
  key TEXT NOT NULL, name TEXT NOT NULL,
  PRIMARY KEY (library, kind, value, added, key)) WITHOUT ROWID;
CREATE INDEX facet_key ON facet (library, key);
-- published cards by who made or published them (cardrows.py::makers)
CREATE TABLE maker (
  library TEXT NOT NULL, maker TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (library, maker, key)) WITHOUT ROWID;
CREATE INDEX maker_key ON maker (library, key);
-- cards that could be read, whole, as JSON (features/library/cards/entryjson.py)
CREATE TABLE whole (
  library TEXT NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL,
  PRIMARY KEY (library, key)) WITHOUT ROWID;
-- which cards name a file, by the file's SHA-256; drafts and withdrawn cards, too
CREATE TABLE file (
  library TEXT NOT NULL, sha256 TEXT NOT NULL, key TEXT NOT NULL,
  PRIMARY KEY (library, sha256, key)) WITHOUT ROWID;
CREATE INDEX file_key ON file (library, key);
-- what cards say of each other: `source` replaces, translates, … `target`, both keys
CREATE TABLE relation (
  library TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (library, target, kind, source)) WITHOUT ROWID;
CREATE INDEX relation_source ON relation (library, source);
