"""The town: units, grids, duty, cameras and the event catalogue, as the database holds them."""
