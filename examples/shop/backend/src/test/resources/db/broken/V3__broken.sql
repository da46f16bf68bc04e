ALTER TABLE no_such_table ADD COLUMN broken INT NULL;
