"""What must have happened by when: rows in the database that move tickets on."""
