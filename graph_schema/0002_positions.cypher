// The ledger position that last touched each node and edge: what "changed since" is asked by.
CREATE INDEX member_position IF NOT EXISTS FOR (m:Member) ON (m.position);
CREATE INDEX topic_position IF NOT EXISTS FOR (t:Topic) ON (t.position);
CREATE INDEX topic_mentioned_position IF NOT EXISTS FOR (t:Topic) ON (t.mentioned_position);
CREATE INDEX event_position IF NOT EXISTS FOR (e:Event) ON (e.position);
CREATE INDEX tombstone_position IF NOT EXISTS FOR (t:Tombstone) ON (t.position);
CREATE INDEX remap_position IF NOT EXISTS FOR (r:Remap) ON (r.position);
CREATE INDEX interested_in_position IF NOT EXISTS FOR ()-[r:INTERESTED_IN]-() ON (r.position);
CREATE INDEX seeks_position IF NOT EXISTS FOR ()-[r:SEEKS]-() ON (r.position);
CREATE INDEX offers_position IF NOT EXISTS FOR ()-[r:OFFERS]-() ON (r.position);
CREATE INDEX related_to_position IF NOT EXISTS FOR ()-[r:RELATED_TO]-() ON (r.position);
CREATE INDEX knows_position IF NOT EXISTS FOR ()-[r:KNOWS]-() ON (r.position);
CREATE INDEX attended_position IF NOT EXISTS FOR ()-[r:ATTENDED]-() ON (r.position);
CREATE INDEX registered_position IF NOT EXISTS FOR ()-[r:REGISTERED]-() ON (r.position);
CREATE INDEX about_position IF NOT EXISTS FOR ()-[r:ABOUT]-() ON (r.position);
CREATE INDEX narrower_than_position IF NOT EXISTS FOR ()-[r:NARROWER_THAN]-() ON (r.position);
CREATE INDEX introduced_to_position IF NOT EXISTS FOR ()-[r:INTRODUCED_TO]-() ON (r.position);
