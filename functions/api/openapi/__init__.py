"""The OpenAPI document, drawn from the declared routes: their types, docstrings and rules."""

from api.openapi.document import document

__all__ = ["document"]
