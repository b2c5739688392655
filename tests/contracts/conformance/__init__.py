"""The OpenAPI documents under independent readers, and the services under requests made of them."""
