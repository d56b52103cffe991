"""Payments: bank transfers to the operator, cards through Stripe, whose library only its modules load."""
