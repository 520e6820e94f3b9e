"""From pictures to events that need a person; knows nothing of tickets, people or HTTP routes."""
