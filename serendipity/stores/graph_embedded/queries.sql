-- name: start
INSERT INTO community (id, read_to, standing, fence, interests, wants, affinity, ties)
VALUES ('community', 0, 0, 0, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING;

-- name: head
SELECT read_to, standing, fence, interests, wants, affinity, ties FROM community;

-- name: advance
UPDATE community SET read_to = ?, standing = ?, fence = ?, interests = ?, wants = ?, affinity = ?, ties = ?;

-- name: weight
SELECT weight, updated_at, count, why FROM weights WHERE kind = ? AND source = ? AND target = ?;

-- name: put_weight
INSERT INTO weights (kind, source, target, weight, updated_at, count, why, position)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, source, target) DO UPDATE SET
    weight = excluded.weight, updated_at = excluded.updated_at, count = excluded.count, why = excluded.why,
    position = excluded.position;

-- name: bury_weight
INSERT INTO dropped_edges (kind, source, target, position)
SELECT kind, source, target, ?4 FROM weights WHERE kind = ?1 AND source = ?2 AND target = ?3
ON CONFLICT (kind, source, target) DO UPDATE SET position = excluded.position;

-- name: drop_weight
DELETE FROM weights WHERE kind = ? AND source = ? AND target = ?;

-- name: put_fact
INSERT INTO facts (kind, source, target, at, role, weight, outcome, position)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, source, target) DO UPDATE SET
    at = excluded.at, role = excluded.role, weight = excluded.weight, outcome = excluded.outcome,
    position = excluded.position;

-- name: bury_fact
INSERT INTO dropped_edges (kind, source, target, position)
SELECT kind, source, target, ?4 FROM facts WHERE kind = ?1 AND source = ?2 AND target = ?3
ON CONFLICT (kind, source, target) DO UPDATE SET position = excluded.position;

-- name: drop_fact
DELETE FROM facts WHERE kind = ? AND source = ? AND target = ?;

-- name: put_node
INSERT INTO nodes (kind, id, organisation, label, title, starts_at, ends_at, place, position)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET
    organisation = excluded.organisation, label = excluded.label, title = excluded.title,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, place = excluded.place, position = excluded.position;

-- name: bury_node
INSERT INTO dropped_nodes (kind, id, position)
SELECT kind, id, ?3 FROM nodes WHERE kind = ?1 AND id = ?2
ON CONFLICT (kind, id) DO UPDATE SET position = excluded.position;

-- name: drop_node
DELETE FROM nodes WHERE kind = ? AND id = ?;

-- name: drop_weights_from
DELETE FROM weights WHERE kind = ? AND source = ?;

-- name: drop_weights_to
DELETE FROM weights WHERE kind = ? AND target = ?;

-- name: drop_facts_from
DELETE FROM facts WHERE kind = ? AND source = ?;

-- name: drop_facts_to
DELETE FROM facts WHERE kind = ? AND target = ?;

-- name: put_remap
INSERT INTO remaps (kind, old, new, position) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, old) DO UPDATE SET new = excluded.new, position = excluded.position;

-- name: forget_remap
DELETE FROM remaps WHERE kind = ? AND old = ?;

-- name: node
SELECT kind, id, organisation, label, title, starts_at, ends_at, place FROM nodes WHERE kind = ? AND id = ?;

-- name: weights_from
SELECT kind, source, target, weight, updated_at, count, why FROM weights WHERE kind = ? AND source = ?;

-- name: weights_to
SELECT kind, source, target, weight, updated_at, count, why FROM weights WHERE kind = ? AND target = ?;

-- name: facts_from
SELECT kind, source, target, at, role, weight, outcome FROM facts WHERE kind = ? AND source = ?;

-- name: facts_to
SELECT kind, source, target, at, role, weight, outcome FROM facts WHERE kind = ? AND target = ?;

-- name: changed_nodes
SELECT kind, id, organisation, label, title, starts_at, ends_at, place FROM nodes WHERE position > ?;

-- name: changed_weights
SELECT kind, source, target, weight, updated_at, count, why FROM weights WHERE position > ?;

-- name: changed_facts
SELECT kind, source, target, at, role, weight, outcome FROM facts WHERE position > ?;

-- name: changed_dropped_nodes
SELECT kind, id FROM dropped_nodes WHERE position > ?;

-- name: changed_dropped_edges
SELECT kind, source, target FROM dropped_edges WHERE position > ?;

-- name: changed_remaps
SELECT kind, old, new FROM remaps WHERE position > ?;

-- name: counts
SELECT kind, count(*) FROM nodes GROUP BY kind
UNION ALL SELECT kind, count(*) FROM weights GROUP BY kind
UNION ALL SELECT kind, count(*) FROM facts GROUP BY kind;

-- name: clear_community
DELETE FROM community;

-- name: clear_nodes
DELETE FROM nodes;

-- name: clear_weights
DELETE FROM weights;

-- name: clear_facts
DELETE FROM facts;

-- name: clear_dropped_nodes
DELETE FROM dropped_nodes;

-- name: clear_dropped_edges
DELETE FROM dropped_edges;

-- name: clear_remaps
DELETE FROM remaps;
