"""Citizens' reports in and out by Open311 GeoReport v2."""
