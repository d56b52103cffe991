"""What the API shows of domain objects, as types of `api.schemas`: a module for each page of the product."""
