# tui adds its part here.
