"""The commands. A module for each group; each command calls one service or one function of the stack."""
