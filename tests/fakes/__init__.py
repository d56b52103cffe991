"""Hand-written fakes of the ports."""
