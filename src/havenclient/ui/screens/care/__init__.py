"""The library's screens: reading, exercises, checks, the plan, the map, the list, the limits."""
