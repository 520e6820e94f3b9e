"""A district's tickets of fourteen months, and what each list, search and map of them takes."""
