-- What a snapshot does not hold. Snapshots stay for a year, and open with the passphrase of their
-- day: with a circle's keys in them every epoch since would open as well, and what was to expire or
-- to be gone after the report window would not be gone. Like a backup they hold who we are in our
-- circles and what was said, and no way to read on: a restored one asks to be let back in.
-- Run statement by statement, each only where its table exists (an older schema may not have it).
UPDATE circle SET state = x'', standing = CASE standing WHEN 'gone' THEN 'gone' ELSE 'returning' END;
UPDATE circle_message SET evidence = NULL;
DELETE FROM circle_message WHERE expires_at NOT NULL;
DELETE FROM circle_message WHERE kind = 'control' AND reaction IS NULL;
DELETE FROM circle_context;
DELETE FROM circle_report;
DELETE FROM circle_entry;
DELETE FROM circle_own_entry;
DELETE FROM circle_outbox;
DELETE FROM circle_mailbox;
DELETE FROM circle_knock;
DELETE FROM circle_reveal;
DELETE FROM circle_sas;
