-- What led to a fact: the identity of another fact, an alarm or an event; empty when nothing did.
ALTER TABLE facts ADD COLUMN cause TEXT NOT NULL DEFAULT '';

CREATE INDEX facts_by_happened_at ON facts (happened_at, id);
CREATE INDEX facts_by_subject ON facts (subject, verb, happened_at);
