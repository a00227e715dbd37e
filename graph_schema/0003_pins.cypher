// Interests that members keep from fading.
CREATE INDEX pinned_position IF NOT EXISTS FOR ()-[r:PINNED]-() ON (r.position);
