-- who follows what; `shared` is the inbox that all of that server have in common, where there is one
CREATE TABLE IF NOT EXISTS follower (
  conference TEXT NOT NULL, actor TEXT NOT NULL, host TEXT NOT NULL, handle TEXT NOT NULL,
  inbox TEXT NOT NULL, shared TEXT NOT NULL, key_id TEXT NOT NULL, pem TEXT NOT NULL, since REAL NOT NULL,
  PRIMARY KEY (conference, actor)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS follower_host ON follower (host);
CREATE INDEX IF NOT EXISTS follower_actor ON follower (actor);
CREATE INDEX IF NOT EXISTS follower_inbox ON follower (inbox);
CREATE INDEX IF NOT EXISTS follower_shared ON follower (shared);
-- conferences that were offered, since when
CREATE TABLE IF NOT EXISTS offered (
  conference TEXT PRIMARY KEY, since REAL NOT NULL
) WITHOUT ROWID;
-- which version of a post others know: its blob and the title of its topic; `gone` once it is not
-- shown any more, `times` how often it began to be shown
CREATE TABLE IF NOT EXISTS told (
  conference TEXT NOT NULL, mid TEXT NOT NULL, blob TEXT NOT NULL, title TEXT NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0, times INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (conference, mid)
) WITHOUT ROWID;
-- what is to be said, and to which inboxes it has not been said yet
CREATE TABLE IF NOT EXISTS parcel (
  id INTEGER PRIMARY KEY AUTOINCREMENT, conference TEXT NOT NULL, mid TEXT NOT NULL,
  actor TEXT NOT NULL, body TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS parcel_mid ON parcel (mid);
CREATE TABLE IF NOT EXISTS due (
  host TEXT NOT NULL, parcel INTEGER NOT NULL, inbox TEXT NOT NULL,
  PRIMARY KEY (host, parcel, inbox)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS due_parcel ON due (parcel);
-- servers that do not take what is sent: since when, how often it was tried, when next
CREATE TABLE IF NOT EXISTS silent (
  host TEXT PRIMARY KEY, since REAL NOT NULL, tries INTEGER NOT NULL, next REAL NOT NULL,
  fault TEXT NOT NULL
) WITHOUT ROWID;
-- signatures that were taken, so that none counts twice
CREATE TABLE IF NOT EXISTS seen (mark TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
