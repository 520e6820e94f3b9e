"""How well the rules do: clips with known truth, played through the pipeline that a shard uses."""
