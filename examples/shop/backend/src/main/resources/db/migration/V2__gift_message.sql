-- Expand: nullable and without a default that matters, so the release before, which does not know it, goes on inserting.
-- One statement a file: MySQL does not take back a half-done migration.
ALTER TABLE orders ADD COLUMN gift_message VARCHAR(200) NULL;
