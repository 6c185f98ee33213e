-- The previous release's tables of values, once they are in the history.
DROP TABLE raw;
DROP TABLE minute;
DROP TABLE latest;
DROP TABLE activity;
DROP TABLE IF EXISTS moving;
DELETE FROM settings WHERE key IN ('store.folded_before', 'store.moved_to');
