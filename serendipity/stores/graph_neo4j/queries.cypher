// The graph's queries on Neo4j, by name. A relationship's type cannot be a parameter where an index is to be used, so
// each kind of edge has its own. Times go in as whole seconds since 1970 and nanoseconds, and come out as milliseconds
// since 1970 and the microseconds of the second (before 1970, epochSeconds is rounded the wrong way): nothing is lost,
// and the driver need not build its own kind of date. Results are one list each, or a stream.

// --- the community node ---

// name: lock
// Setting a property takes the node's write lock, kept until the transaction ends; only then is the head read.
MATCH (c:Community {id: 'community'}) SET c.locked = true;

// name: head
MATCH (c:Community {id: 'community'})
RETURN c.offset, c.standing, c.fence, c.half_life_interests, c.half_life_wants, c.half_life_affinity, c.half_life_ties,
       coalesce(c.clearing, false), coalesce(c.generation, 0), COLLECT { MATCH (m:SchemaMigration) RETURN m.number };

// name: start
MERGE (c:Community {id: 'community'})
ON CREATE SET c += $head;

// name: advance
MATCH (c:Community {id: 'community'}) SET c += $head;

// --- weights: read, create, update, drop ---
// Rows say weight, seconds, nanoseconds, count and why, then the two ends of a new edge, or the element id of one that
// was read: it is found without looking for its ends. Whoever holds the lock knows which there are, so nothing merges.

// name: read_INTERESTED_IN
UNWIND $keys AS key
MATCH (a:Member {id: key[0]}) MATCH (b:Topic {id: key[1]}) MATCH (a)-[r:INTERESTED_IN]->(b)
RETURN collect([key[0], key[1], elementId(r), r.weight, r.updated_at.epochMillis, r.updated_at.microsecond, r.count,
                r.why]);

// name: create_INTERESTED_IN
UNWIND $rows AS row
MATCH (a:Member {id: row[5]}) MATCH (b:Topic {id: row[6]}) CREATE (a)-[r:INTERESTED_IN]->(b)
SET r = {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: update_INTERESTED_IN
UNWIND $rows AS row
MATCH ()-[r:INTERESTED_IN]->() WHERE elementId(r) = row[5]
SET r += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: drop_INTERESTED_IN
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:INTERESTED_IN]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'INTERESTED_IN', source: key[0], target: key[1]}) SET t.position = $position;

// name: read_SEEKS
UNWIND $keys AS key
MATCH (a:Member {id: key[0]}) MATCH (b:Topic {id: key[1]}) MATCH (a)-[r:SEEKS]->(b)
RETURN collect([key[0], key[1], elementId(r), r.weight, r.updated_at.epochMillis, r.updated_at.microsecond, r.count,
                r.why]);

// name: create_SEEKS
UNWIND $rows AS row
MATCH (a:Member {id: row[5]}) MATCH (b:Topic {id: row[6]}) CREATE (a)-[r:SEEKS]->(b)
SET r = {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: update_SEEKS
UNWIND $rows AS row
MATCH ()-[r:SEEKS]->() WHERE elementId(r) = row[5]
SET r += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: drop_SEEKS
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:SEEKS]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'SEEKS', source: key[0], target: key[1]}) SET t.position = $position;

// name: read_OFFERS
UNWIND $keys AS key
MATCH (a:Member {id: key[0]}) MATCH (b:Topic {id: key[1]}) MATCH (a)-[r:OFFERS]->(b)
RETURN collect([key[0], key[1], elementId(r), r.weight, r.updated_at.epochMillis, r.updated_at.microsecond, r.count,
                r.why]);

// name: create_OFFERS
UNWIND $rows AS row
MATCH (a:Member {id: row[5]}) MATCH (b:Topic {id: row[6]}) CREATE (a)-[r:OFFERS]->(b)
SET r = {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: update_OFFERS
UNWIND $rows AS row
MATCH ()-[r:OFFERS]->() WHERE elementId(r) = row[5]
SET r += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: drop_OFFERS
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:OFFERS]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'OFFERS', source: key[0], target: key[1]}) SET t.position = $position;

// name: read_RELATED_TO
UNWIND $keys AS key
MATCH (a:Topic {id: key[0]}) MATCH (b:Topic {id: key[1]}) MATCH (a)-[r:RELATED_TO]->(b)
RETURN collect([key[0], key[1], elementId(r), r.weight, r.updated_at.epochMillis, r.updated_at.microsecond, r.count,
                r.why]);

// name: create_RELATED_TO
UNWIND $rows AS row
MATCH (a:Topic {id: row[5]}) MATCH (b:Topic {id: row[6]}) CREATE (a)-[r:RELATED_TO]->(b)
SET r = {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: update_RELATED_TO
UNWIND $rows AS row
MATCH ()-[r:RELATED_TO]->() WHERE elementId(r) = row[5]
SET r += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: drop_RELATED_TO
UNWIND $keys AS key
MATCH (:Topic {id: key[0]})-[r:RELATED_TO]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'RELATED_TO', source: key[0], target: key[1]}) SET t.position = $position;

// name: read_KNOWS
UNWIND $keys AS key
MATCH (a:Member {id: key[0]}) MATCH (b:Member {id: key[1]}) MATCH (a)-[r:KNOWS]->(b)
RETURN collect([key[0], key[1], elementId(r), r.strength, r.updated_at.epochMillis, r.updated_at.microsecond, r.count,
                r.why]);

// name: create_KNOWS
UNWIND $rows AS row
MATCH (a:Member {id: row[5]}) MATCH (b:Member {id: row[6]}) CREATE (a)-[r:KNOWS]->(b)
SET r = {strength: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: update_KNOWS
UNWIND $rows AS row
MATCH ()-[r:KNOWS]->() WHERE elementId(r) = row[5]
SET r += {strength: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
         position: $position};

// name: drop_KNOWS
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:KNOWS]->(:Member {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'KNOWS', source: key[0], target: key[1]}) SET t.position = $position;

// A topic's decayed count lies on the topic, the decayed total on the community node, not on self loops.

// name: read_MENTIONED
UNWIND $keys AS key
MATCH (n:Topic {id: key[0]}) WHERE n.count IS NOT NULL
RETURN collect([key[0], key[1], elementId(n), n.weight, n.updated_at.epochMillis, n.updated_at.microsecond, n.count,
                n.why]);

// name: create_MENTIONED
UNWIND $rows AS row
MATCH (n:Topic {id: row[5]})
SET n += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
          mentioned_position: $position};

// name: update_MENTIONED
UNWIND $rows AS row
MATCH (n:Topic) WHERE elementId(n) = row[5]
SET n += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
          mentioned_position: $position};

// name: drop_MENTIONED
UNWIND $keys AS key
MATCH (n:Topic {id: key[0]}) WHERE n.count IS NOT NULL
REMOVE n.weight, n.updated_at, n.count, n.why, n.mentioned_position
MERGE (t:Tombstone {kind: 'MENTIONED', source: key[0], target: key[1]}) SET t.position = $position;

// name: read_TOTAL
UNWIND $keys AS key
MATCH (n:Community {id: 'community'}) WHERE n.count IS NOT NULL
RETURN collect([key[0], key[1], elementId(n), n.weight, n.updated_at.epochMillis, n.updated_at.microsecond, n.count,
                n.why]);

// name: create_TOTAL
UNWIND $rows AS row
MATCH (n:Community {id: 'community'})
SET n += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
          mentioned_position: $position};

// name: update_TOTAL
UNWIND $rows AS row
MATCH (n:Community) WHERE elementId(n) = row[5]
SET n += {weight: row[0], updated_at: datetime({epochSeconds: row[1], nanosecond: row[2]}), count: row[3], why: row[4],
          mentioned_position: $position};

// name: drop_TOTAL
UNWIND $keys AS key
MATCH (n:Community {id: 'community'}) WHERE n.count IS NOT NULL
REMOVE n.weight, n.updated_at, n.count, n.why, n.mentioned_position
MERGE (t:Tombstone {kind: 'MENTIONED', source: key[0], target: key[1]}) SET t.position = $position;

// --- facts: write (rows: source, target and what the kind states), drop ---

// name: write_PINNED
UNWIND $rows AS row
MATCH (a:Member {id: row[0]}) MATCH (b:Topic {id: row[1]}) MERGE (a)-[r:PINNED]->(b)
SET r = {at: CASE WHEN row[2] IS NULL THEN null ELSE datetime({epochSeconds: row[2], nanosecond: row[3]}) END,
         role: row[4], weight: row[5], outcome: row[6], position: $position};

// name: drop_PINNED
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:PINNED]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'PINNED', source: key[0], target: key[1]}) SET t.position = $position;

// name: write_ATTENDED
UNWIND $rows AS row
MATCH (a:Member {id: row[0]}) MATCH (b:Event {id: row[1]}) MERGE (a)-[r:ATTENDED]->(b)
SET r = {at: CASE WHEN row[2] IS NULL THEN null ELSE datetime({epochSeconds: row[2], nanosecond: row[3]}) END,
         role: row[4], weight: row[5], outcome: row[6], position: $position};

// name: drop_ATTENDED
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:ATTENDED]->(:Event {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'ATTENDED', source: key[0], target: key[1]}) SET t.position = $position;

// name: write_REGISTERED
UNWIND $rows AS row
MATCH (a:Member {id: row[0]}) MATCH (b:Event {id: row[1]}) MERGE (a)-[r:REGISTERED]->(b)
SET r = {at: CASE WHEN row[2] IS NULL THEN null ELSE datetime({epochSeconds: row[2], nanosecond: row[3]}) END,
         role: row[4], weight: row[5], outcome: row[6], position: $position};

// name: drop_REGISTERED
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:REGISTERED]->(:Event {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'REGISTERED', source: key[0], target: key[1]}) SET t.position = $position;

// name: write_ABOUT
UNWIND $rows AS row
MATCH (a:Event {id: row[0]}) MATCH (b:Topic {id: row[1]}) MERGE (a)-[r:ABOUT]->(b)
SET r = {at: CASE WHEN row[2] IS NULL THEN null ELSE datetime({epochSeconds: row[2], nanosecond: row[3]}) END,
         role: row[4], weight: row[5], outcome: row[6], position: $position};

// name: drop_ABOUT
UNWIND $keys AS key
MATCH (:Event {id: key[0]})-[r:ABOUT]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'ABOUT', source: key[0], target: key[1]}) SET t.position = $position;

// name: write_NARROWER_THAN
UNWIND $rows AS row
MATCH (a:Topic {id: row[0]}) MATCH (b:Topic {id: row[1]}) MERGE (a)-[r:NARROWER_THAN]->(b)
SET r = {at: CASE WHEN row[2] IS NULL THEN null ELSE datetime({epochSeconds: row[2], nanosecond: row[3]}) END,
         role: row[4], weight: row[5], outcome: row[6], position: $position};

// name: drop_NARROWER_THAN
UNWIND $keys AS key
MATCH (:Topic {id: key[0]})-[r:NARROWER_THAN]->(:Topic {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'NARROWER_THAN', source: key[0], target: key[1]}) SET t.position = $position;

// name: write_INTRODUCED_TO
UNWIND $rows AS row
MATCH (a:Member {id: row[0]}) MATCH (b:Member {id: row[1]}) MERGE (a)-[r:INTRODUCED_TO]->(b)
SET r = {at: CASE WHEN row[2] IS NULL THEN null ELSE datetime({epochSeconds: row[2], nanosecond: row[3]}) END,
         role: row[4], weight: row[5], outcome: row[6], position: $position};

// name: drop_INTRODUCED_TO
UNWIND $keys AS key
MATCH (:Member {id: key[0]})-[r:INTRODUCED_TO]->(:Member {id: key[1]})
DELETE r
MERGE (t:Tombstone {kind: 'INTRODUCED_TO', source: key[0], target: key[1]}) SET t.position = $position;

// --- nodes: write, drop, look up, look around ---

// name: write_Member
UNWIND $rows AS row
MERGE (n:Member {id: row[0]}) SET n += {organisation: row[1], position: $position};

// name: write_Topic
UNWIND $rows AS row
MERGE (n:Topic {id: row[0]}) SET n += {label: row[1], position: $position};

// name: write_Event
UNWIND $rows AS row
MERGE (n:Event {id: row[0]})
SET n += {title: row[1], starts_at: datetime({epochSeconds: row[2], nanosecond: row[3]}),
          ends_at: CASE WHEN row[4] IS NULL THEN null ELSE datetime({epochSeconds: row[4], nanosecond: row[5]}) END,
          place: row[6], position: $position};

// name: drop_Member
UNWIND $ids AS id
MATCH (n:Member {id: id}) DETACH DELETE n
MERGE (t:Tombstone {kind: 'Member', source: id, target: ''}) SET t.position = $position;

// name: drop_Topic
UNWIND $ids AS id
MATCH (n:Topic {id: id}) DETACH DELETE n
MERGE (t:Tombstone {kind: 'Topic', source: id, target: ''}) SET t.position = $position;

// name: drop_Event
UNWIND $ids AS id
MATCH (n:Event {id: id}) DETACH DELETE n
MERGE (t:Tombstone {kind: 'Event', source: id, target: ''}) SET t.position = $position;

// name: nodes_Member
UNWIND $ids AS id
MATCH (n:Member {id: id})
RETURN collect(['Member', n.id, n.organisation]);

// name: nodes_Topic
UNWIND $ids AS id
MATCH (n:Topic {id: id})
RETURN collect(['Topic', n.id, n.label]);

// name: nodes_Event
UNWIND $ids AS id
MATCH (n:Event {id: id})
RETURN collect(['Event', n.id, n.title, n.starts_at.epochMillis, n.starts_at.microsecond,
                n.ends_at.epochMillis, n.ends_at.microsecond, n.place]);

// name: around_INTERESTED_IN
MATCH (n:Member|Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:INTERESTED_IN]-()
RETURN 'INTERESTED_IN', startNode(r).id, endNode(r).id, r.weight, r.updated_at.epochMillis, r.updated_at.microsecond,
       r.count, r.why;

// name: around_SEEKS
MATCH (n:Member|Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:SEEKS]-()
RETURN 'SEEKS', startNode(r).id, endNode(r).id, r.weight, r.updated_at.epochMillis, r.updated_at.microsecond,
       r.count, r.why;

// name: around_OFFERS
MATCH (n:Member|Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:OFFERS]-()
RETURN 'OFFERS', startNode(r).id, endNode(r).id, r.weight, r.updated_at.epochMillis, r.updated_at.microsecond,
       r.count, r.why;

// name: around_RELATED_TO
MATCH (n:Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:RELATED_TO]-()
RETURN 'RELATED_TO', startNode(r).id, endNode(r).id, r.weight, r.updated_at.epochMillis, r.updated_at.microsecond,
       r.count, r.why;

// name: around_KNOWS
MATCH (n:Member {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:KNOWS]-()
RETURN 'KNOWS', startNode(r).id, endNode(r).id, r.strength, r.updated_at.epochMillis, r.updated_at.microsecond,
       r.count, r.why;

// name: around_PINNED
MATCH (n:Member|Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:PINNED]-()
RETURN 'PINNED', startNode(r).id, endNode(r).id, r.at.epochMillis, r.at.microsecond, r.role, r.weight,
       r.outcome;

// name: around_ATTENDED
MATCH (n:Member|Event {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:ATTENDED]-()
RETURN 'ATTENDED', startNode(r).id, endNode(r).id, r.at.epochMillis, r.at.microsecond, r.role, r.weight,
       r.outcome;

// name: around_REGISTERED
MATCH (n:Member|Event {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:REGISTERED]-()
RETURN 'REGISTERED', startNode(r).id, endNode(r).id, r.at.epochMillis, r.at.microsecond, r.role, r.weight,
       r.outcome;

// name: around_ABOUT
MATCH (n:Event|Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:ABOUT]-()
RETURN 'ABOUT', startNode(r).id, endNode(r).id, r.at.epochMillis, r.at.microsecond, r.role, r.weight,
       r.outcome;

// name: around_NARROWER_THAN
MATCH (n:Topic {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:NARROWER_THAN]-()
RETURN 'NARROWER_THAN', startNode(r).id, endNode(r).id, r.at.epochMillis, r.at.microsecond, r.role, r.weight,
       r.outcome;

// name: around_INTRODUCED_TO
MATCH (n:Member {id: $id}) WHERE $label IN labels(n) MATCH (n)-[r:INTRODUCED_TO]-()
RETURN 'INTRODUCED_TO', startNode(r).id, endNode(r).id, r.at.epochMillis, r.at.microsecond, r.role, r.weight,
       r.outcome;

// --- remaps ---

// name: write_remaps
UNWIND $rows AS row
MERGE (r:Remap {kind: row[0], old: row[1]}) SET r.new = row[2], r.position = $position;

// name: forget_remaps
UNWIND $keys AS key MATCH (r:Remap {kind: key[0], old: key[1]}) DELETE r;

// --- what changed after a position ---

// name: changed_nodes
MATCH (n:Member) WHERE n.position > $after
RETURN 'Member' AS kind, n.id AS id, n.organisation AS text, null AS millis1, null AS micros1,
       null AS millis2, null AS micros2, null AS place
UNION ALL MATCH (n:Topic) WHERE n.position > $after
RETURN 'Topic' AS kind, n.id AS id, n.label AS text, null AS millis1, null AS micros1,
       null AS millis2, null AS micros2, null AS place
UNION ALL MATCH (n:Event) WHERE n.position > $after
RETURN 'Event' AS kind, n.id AS id, n.title AS text,
       n.starts_at.epochMillis AS millis1, n.starts_at.microsecond AS micros1,
       n.ends_at.epochMillis AS millis2, n.ends_at.microsecond AS micros2, n.place AS place;

// name: changed_weights
MATCH (a)-[r:INTERESTED_IN]->(b) WHERE r.position > $after
RETURN 'INTERESTED_IN' AS kind, a.id AS source, b.id AS target,
       r.weight AS weight, r.updated_at.epochMillis AS millis,
       r.updated_at.microsecond AS micros, r.count AS count, r.why AS why
UNION ALL MATCH (a)-[r:SEEKS]->(b) WHERE r.position > $after
RETURN 'SEEKS' AS kind, a.id AS source, b.id AS target,
       r.weight AS weight, r.updated_at.epochMillis AS millis,
       r.updated_at.microsecond AS micros, r.count AS count, r.why AS why
UNION ALL MATCH (a)-[r:OFFERS]->(b) WHERE r.position > $after
RETURN 'OFFERS' AS kind, a.id AS source, b.id AS target,
       r.weight AS weight, r.updated_at.epochMillis AS millis,
       r.updated_at.microsecond AS micros, r.count AS count, r.why AS why
UNION ALL MATCH (a)-[r:RELATED_TO]->(b) WHERE r.position > $after
RETURN 'RELATED_TO' AS kind, a.id AS source, b.id AS target,
       r.weight AS weight, r.updated_at.epochMillis AS millis,
       r.updated_at.microsecond AS micros, r.count AS count, r.why AS why
UNION ALL MATCH (a)-[r:KNOWS]->(b) WHERE r.position > $after
RETURN 'KNOWS' AS kind, a.id AS source, b.id AS target,
       r.strength AS weight, r.updated_at.epochMillis AS millis,
       r.updated_at.microsecond AS micros, r.count AS count, r.why AS why
UNION ALL MATCH (n:Topic) WHERE n.mentioned_position > $after
RETURN 'MENTIONED' AS kind, n.id AS source, n.id AS target, n.weight AS weight, n.updated_at.epochMillis AS millis,
       n.updated_at.microsecond AS micros, n.count AS count, n.why AS why
// '*' is how an edge's key names the community: an id that no topic has.
UNION ALL MATCH (n:Community {id: 'community'}) WHERE n.mentioned_position > $after
RETURN 'MENTIONED' AS kind, '*' AS source, '*' AS target, n.weight AS weight, n.updated_at.epochMillis AS millis,
       n.updated_at.microsecond AS micros, n.count AS count, n.why AS why;

// name: changed_facts
MATCH (a)-[r:ATTENDED]->(b) WHERE r.position > $after
RETURN 'ATTENDED' AS kind, a.id AS source, b.id AS target, r.at.epochMillis AS millis,
       r.at.microsecond AS micros, r.role AS role, r.weight AS weight, r.outcome AS outcome
UNION ALL MATCH (a)-[r:PINNED]->(b) WHERE r.position > $after
RETURN 'PINNED' AS kind, a.id AS source, b.id AS target, r.at.epochMillis AS millis,
       r.at.microsecond AS micros, r.role AS role, r.weight AS weight, r.outcome AS outcome
UNION ALL MATCH (a)-[r:REGISTERED]->(b) WHERE r.position > $after
RETURN 'REGISTERED' AS kind, a.id AS source, b.id AS target, r.at.epochMillis AS millis,
       r.at.microsecond AS micros, r.role AS role, r.weight AS weight, r.outcome AS outcome
UNION ALL MATCH (a)-[r:ABOUT]->(b) WHERE r.position > $after
RETURN 'ABOUT' AS kind, a.id AS source, b.id AS target, r.at.epochMillis AS millis,
       r.at.microsecond AS micros, r.role AS role, r.weight AS weight, r.outcome AS outcome
UNION ALL MATCH (a)-[r:NARROWER_THAN]->(b) WHERE r.position > $after
RETURN 'NARROWER_THAN' AS kind, a.id AS source, b.id AS target, r.at.epochMillis AS millis,
       r.at.microsecond AS micros, r.role AS role, r.weight AS weight, r.outcome AS outcome
UNION ALL MATCH (a)-[r:INTRODUCED_TO]->(b) WHERE r.position > $after
RETURN 'INTRODUCED_TO' AS kind, a.id AS source, b.id AS target, r.at.epochMillis AS millis,
       r.at.microsecond AS micros, r.role AS role, r.weight AS weight, r.outcome AS outcome;

// name: changed_tombstones
MATCH (t:Tombstone) WHERE t.position > $after RETURN t.kind, t.source, t.target;

// name: changed_remaps
MATCH (r:Remap) WHERE r.position > $after RETURN r.kind, r.old, r.new;

// --- the whole ---

// name: counts
MATCH (n:Member) RETURN 'Member' AS kind, count(n) AS found
UNION ALL MATCH (n:Topic) RETURN 'Topic' AS kind, count(n) AS found
UNION ALL MATCH (n:Event) RETURN 'Event' AS kind, count(n) AS found
UNION ALL MATCH ()-[r:INTERESTED_IN]->() RETURN 'INTERESTED_IN' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:SEEKS]->() RETURN 'SEEKS' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:OFFERS]->() RETURN 'OFFERS' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:RELATED_TO]->() RETURN 'RELATED_TO' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:KNOWS]->() RETURN 'KNOWS' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:ATTENDED]->() RETURN 'ATTENDED' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:PINNED]->() RETURN 'PINNED' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:REGISTERED]->() RETURN 'REGISTERED' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:ABOUT]->() RETURN 'ABOUT' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:NARROWER_THAN]->() RETURN 'NARROWER_THAN' AS kind, count(r) AS found
UNION ALL MATCH ()-[r:INTRODUCED_TO]->() RETURN 'INTRODUCED_TO' AS kind, count(r) AS found
UNION ALL MATCH (n:Topic|Community) WHERE n.count IS NOT NULL RETURN 'MENTIONED' AS kind, count(n) AS found;

// name: begin_clearing
// The flag says that edges and nodes are going in several transactions; until it is gone nobody reads or writes.
MATCH (c:Community {id: 'community'})
SET c = {id: 'community', clearing: true, generation: coalesce(c.generation, 0) + 1};

// name: clear_edges
MATCH (:Member|Topic|Event)-[r]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS;

// name: clear_nodes
MATCH (n:Member|Topic|Event|Tombstone|Remap) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS;

// name: end_clearing
MATCH (c:Community {id: 'community'}) SET c += $head REMOVE c.clearing;

// --- migrations ---

// name: migrations
MATCH (m:SchemaMigration) RETURN m.number, m.checksum;

// name: note_migration
MERGE (m:SchemaMigration {number: $number})
ON CREATE SET m.name = $name, m.checksum = $checksum, m.applied_at = datetime();

// name: await_indexes
CALL db.awaitIndexes(300);
