"""What requests and answers look like: one module for each page of the product.

They are typed dictionaries: mypy checks the routes against them, pydantic checks what clients send and
draws the OpenAPI document from them. Nothing here imports pydantic, which would be loaded at each cold start.
"""
