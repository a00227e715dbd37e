// One node per id, and one tombstone or remap per thing that is gone. Statements end with a semicolon at the line's end.
CREATE CONSTRAINT schema_migration_number IF NOT EXISTS FOR (m:SchemaMigration) REQUIRE m.number IS UNIQUE;
CREATE CONSTRAINT community_id IF NOT EXISTS FOR (c:Community) REQUIRE c.id IS UNIQUE;
CREATE CONSTRAINT member_id IF NOT EXISTS FOR (m:Member) REQUIRE m.id IS UNIQUE;
CREATE CONSTRAINT topic_id IF NOT EXISTS FOR (t:Topic) REQUIRE t.id IS UNIQUE;
CREATE CONSTRAINT event_id IF NOT EXISTS FOR (e:Event) REQUIRE e.id IS UNIQUE;
CREATE CONSTRAINT tombstone_key IF NOT EXISTS FOR (t:Tombstone) REQUIRE (t.kind, t.source, t.target) IS UNIQUE;
CREATE CONSTRAINT remap_old IF NOT EXISTS FOR (r:Remap) REQUIRE (r.kind, r.old) IS UNIQUE;
