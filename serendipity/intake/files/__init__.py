"""Files that a community already has: tables (CSV), calendars (iCalendar) and packs, read into validated inputs."""
