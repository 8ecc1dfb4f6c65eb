"""One file a screen, its stylesheet beside it. A screen holds view state and asks the app."""
