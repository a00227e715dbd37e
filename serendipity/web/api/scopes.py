"""What an API key may do."""

SCOPES = (
    "members:read",
    "members:write",
    "matches:read",
    "check-ins:read",
    "check-ins:write",
    "events:read",
    "events:write",
    "attendance:read",
    "attendance:write",
    "registrations:read",
    "registrations:write",
    "places:read",
    "places:write",
    "signals:read",
    "signals:write",
    "ties:write",
    "topics:read",
)
