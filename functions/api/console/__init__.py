"""The web console: pages for people, made on the server from what the public API answers.

It knows no service and no store, only the API's routes (`api_calls.py`), so that a page can show and do
nothing that the user's own token could not. Jinja2 and Babel are loaded when a page needs them: the
API's own cold start pays for none of it.
"""
