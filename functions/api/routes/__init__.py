"""One module for each page of the product: routes parse, call one service, and map the result."""
