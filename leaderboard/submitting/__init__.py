"""The form that submits a model, and the test of an endpoint beside it."""
