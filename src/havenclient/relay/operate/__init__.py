"""What an operator asks of a relay's data, beside a running relay or without one."""
