"""The circles room: list, conversation, people, doors, safety words, relay."""
