-- What the feed says of transactions holds in the database that it was written in, and not where a dump of it is restored.
ALTER TABLE core_api.change_feed ADD COLUMN IF NOT EXISTS origin text;
COMMENT ON COLUMN core_api.change_feed.origin IS
    'The cluster, the database and the timeline that its reader last found it in; null until it was read.';
