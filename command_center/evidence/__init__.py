"""Evidence: snapshots, clips and photos as files that are whole or absent."""
