CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- which commit of a repository the rows below reflect
CREATE TABLE reflects (source TEXT PRIMARY KEY, commit_id TEXT NOT NULL) WITHOUT ROWID;
-- one row a post; `topic` is the tid of the reader's topic it belongs to. `hidden` is 1 when a
-- moderator has hidden it, 2 when its topic is read in another conference; `said` is the language
-- as the mail says it, `lang` the same unless a moderator knew better; `weight` is what it takes on
-- a page of its topic (post/reading/topicpages.py); `hub` is the hub that it was written at, empty
-- for our own
CREATE TABLE post (
  conf TEXT NOT NULL, mid TEXT NOT NULL, tid TEXT NOT NULL, blob TEXT NOT NULL,
  receipt INTEGER NOT NULL, time INTEGER NOT NULL, subject TEXT NOT NULL, base TEXT NOT NULL,
  seeks INTEGER NOT NULL, fallback TEXT, name TEXT NOT NULL, lang TEXT NOT NULL,
  parents TEXT NOT NULL, topic TEXT NOT NULL DEFAULT '', hidden INTEGER NOT NULL DEFAULT 0,
  said TEXT NOT NULL, weight INTEGER NOT NULL, hub TEXT NOT NULL, PRIMARY KEY (conf, mid)) WITHOUT ROWID;
CREATE INDEX post_topic ON post (conf, topic, time, mid, weight);
CREATE INDEX post_time ON post (conf, time, mid);
CREATE INDEX post_base ON post (conf, base, time, mid);
CREATE INDEX post_tid ON post (conf, tid);
CREATE INDEX post_hub ON post (conf, topic) WHERE hub<>'';
-- the posts whose rows were written last (changes.py): who keeps something of each looks at these and
-- not at all. `receipt` and `topic` are those that a changed or dropped row had, `token` tells this
-- history from one that went with the power
CREATE TABLE change (
  number INTEGER PRIMARY KEY, conf TEXT NOT NULL, mid TEXT NOT NULL, receipt INTEGER NOT NULL,
  topic TEXT NOT NULL, gone INTEGER NOT NULL, token INTEGER NOT NULL DEFAULT (random()));
CREATE TRIGGER post_came AFTER INSERT ON post BEGIN
  INSERT INTO change (conf, mid, receipt, topic, gone)
    VALUES (NEW.conf, NEW.mid, NEW.receipt, NEW.topic, 0);
END;
CREATE TRIGGER post_changed AFTER UPDATE OF
  blob, receipt, time, subject, name, lang, topic, hidden, weight ON post BEGIN
  INSERT INTO change (conf, mid, receipt, topic, gone)
    VALUES (OLD.conf, OLD.mid, OLD.receipt, OLD.topic, 0);
END;
CREATE TRIGGER post_went AFTER DELETE ON post BEGIN
  INSERT INTO change (conf, mid, receipt, topic, gone)
    VALUES (OLD.conf, OLD.mid, OLD.receipt, OLD.topic, 1);
END;
-- files of a mid that lie in a second thread and are not shown (doubles.py), by the turn in which
-- they came: what the index keeps of a post, as JSON
CREATE TABLE double (
  conf TEXT NOT NULL, mid TEXT NOT NULL, tid TEXT NOT NULL, turn INTEGER NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (conf, mid, tid)) WITHOUT ROWID;
-- which posts name a Message-ID (60 bits of its hash), their own included
CREATE TABLE mention (
  conf TEXT NOT NULL, number INTEGER NOT NULL, mid TEXT NOT NULL,
  PRIMARY KEY (conf, number, mid)) WITHOUT ROWID;
-- which posts name a file, by the file's SHA-256
CREATE TABLE attachment (
  conf TEXT NOT NULL, mid TEXT NOT NULL, sha256 TEXT NOT NULL,
  PRIMARY KEY (conf, mid, sha256)) WITHOUT ROWID;
CREATE INDEX attachment_file ON attachment (conf, sha256);
-- what posts name of other parts of the hub: references such as lib:2026-7qk3xa2m, in their order
CREATE TABLE cited (
  conf TEXT NOT NULL, mid TEXT NOT NULL, turn INTEGER NOT NULL, reference TEXT NOT NULL,
  PRIMARY KEY (conf, mid, turn)) WITHOUT ROWID;
-- posts with a recording
CREATE TABLE sound (
  conf TEXT NOT NULL, time INTEGER NOT NULL, mid TEXT NOT NULL,
  PRIMARY KEY (conf, time, mid)) WITHOUT ROWID;
-- answers to forms: the form's id, and the answer as JSON
CREATE TABLE answer (
  conf TEXT NOT NULL, mid TEXT NOT NULL, form TEXT NOT NULL, data TEXT NOT NULL,
  PRIMARY KEY (conf, mid)) WITHOUT ROWID;
CREATE INDEX answer_form ON answer (conf, form);
CREATE TABLE topic (
  conf TEXT NOT NULL, tid TEXT NOT NULL, title TEXT NOT NULL, posts INTEGER NOT NULL,
  started INTEGER NOT NULL, starter TEXT NOT NULL, last INTEGER NOT NULL, last_name TEXT NOT NULL,
  last_mid TEXT NOT NULL, lang TEXT NOT NULL, closed INTEGER NOT NULL, pinned INTEGER NOT NULL,
  labels TEXT NOT NULL, told TEXT NOT NULL, PRIMARY KEY (conf, tid)) WITHOUT ROWID;
CREATE INDEX topic_started ON topic (conf, started, tid);
CREATE INDEX topic_last ON topic (conf, last, tid);
CREATE INDEX topic_pinned ON topic (conf, last, tid) WHERE pinned;
CREATE INDEX topic_told ON topic (conf, last, tid) WHERE told<>'';
-- topics that are read in another conference (`target`); they have no row above
CREATE TABLE moved (
  conf TEXT NOT NULL, tid TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY (conf, tid)) WITHOUT ROWID;
-- the labels of topics: folded, and as they are written
CREATE TABLE label (
  conf TEXT NOT NULL, label TEXT NOT NULL, started INTEGER NOT NULL, tid TEXT NOT NULL,
  name TEXT NOT NULL, PRIMARY KEY (conf, label, started, tid)) WITHOUT ROWID;
CREATE INDEX label_topic ON label (conf, tid);
-- topic events that can be read; `subject` is the post or the stored thread one is about, `came`
-- the committer date of its commit
CREATE TABLE event (
  conf TEXT NOT NULL, path TEXT NOT NULL, tid TEXT NOT NULL, type TEXT NOT NULL,
  subject TEXT NOT NULL, at INTEGER NOT NULL, came INTEGER NOT NULL, eid TEXT NOT NULL,
  by TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (conf, path)) WITHOUT ROWID;
CREATE INDEX event_tid ON event (conf, tid);
CREATE INDEX event_subject ON event (conf, subject);
-- what moderators said about topics as such: a stored thread belongs to `target`, or (where it is
-- empty) a post begins a topic of its own
CREATE TABLE bond (
  conf TEXT NOT NULL, id TEXT NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY (conf, id, target)) WITHOUT ROWID;
-- topics that would be one without splits
CREATE TABLE kin (
  conf TEXT NOT NULL, topic TEXT NOT NULL, family TEXT NOT NULL,
  PRIMARY KEY (conf, topic)) WITHOUT ROWID;
CREATE INDEX kin_family ON kin (conf, family);
CREATE TABLE month (
  conf TEXT NOT NULL, month TEXT NOT NULL, posts INTEGER NOT NULL,
  PRIMARY KEY (conf, month)) WITHOUT ROWID;
CREATE TABLE total (
  conf TEXT PRIMARY KEY, topics INTEGER NOT NULL, posts INTEGER NOT NULL) WITHOUT ROWID;
-- the parse memo: what a blob renders to, whoever asks. With row ids, since the rows are large: in
-- the order of the blobs' ids, writing and reading them would cost three times as much
CREATE TABLE memo (blob TEXT PRIMARY KEY, html TEXT NOT NULL);
-- what was published: the manifest by which stale files are found
CREATE TABLE output (
  path TEXT PRIMARY KEY, section TEXT NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX output_section ON output (section);
-- what the rows above changed and the pages do not show yet, by section; "" means everything
CREATE TABLE pending (section TEXT PRIMARY KEY, touched TEXT NOT NULL) WITHOUT ROWID;
-- the settings file of a repository at a commit, read and found good by this code: its blob, its
-- text, what its pages show of the hub, and the fault of a newer one that is not good
CREATE TABLE setting (
  repo TEXT PRIMARY KEY, commit_id TEXT NOT NULL, code TEXT NOT NULL, blob TEXT NOT NULL,
  data BLOB NOT NULL, shows TEXT NOT NULL, fault TEXT NOT NULL) WITHOUT ROWID;
-- pages that could not be made, with the reason
CREATE TABLE failure (path TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
