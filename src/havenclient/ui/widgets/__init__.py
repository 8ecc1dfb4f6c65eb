"""Widgets that several screens share. They show values and post messages; they call nobody."""
