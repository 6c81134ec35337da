"""Users, teams, sessions and service tokens."""
