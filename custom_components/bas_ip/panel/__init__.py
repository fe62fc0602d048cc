"""Client for the HTTP API of BAS-IP door panels, independent of Home Assistant."""
