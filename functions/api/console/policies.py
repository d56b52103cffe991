"""What browsers let a page load (Content-Security-Policy): never a script or a style within the page."""

_RULES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Stripe's form for a card: its script, its frames (the bank's too), and its address for the script.
_CARD_RULES = {
    "script-src": "'self' https://js.stripe.com",
    "frame-src": "https://js.stripe.com https://hooks.stripe.com",
    "connect-src": "https://api.stripe.com",
}


def _policy(rules: dict[str, str]) -> str:
    """Rules as the header's value."""
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


# Nothing but what the console serves itself.
POLICY = _policy(_RULES)
CARD_POLICY = _policy({**_RULES, **_CARD_RULES})
