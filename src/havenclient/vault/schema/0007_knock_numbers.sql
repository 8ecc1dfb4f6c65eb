-- Safety words at the door: each knock has numbers of its own. With one for a whole invite, whoever
-- knocked twice knew the host's number before she committed to hers, and could search for words.
ALTER TABLE circle_knock ADD COLUMN opened BLOB;  -- the number that who knocked has opened
DROP TABLE circle_reveal;
