-- By which somebody's preferences are known as the ones that were read: all topics together.
ALTER TABLE notifications.preferences ADD COLUMN version bigint NOT NULL DEFAULT 1;
