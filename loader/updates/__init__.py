"""SPARQL 1.1 Update as differences: what exactly a request would remove and add.

The engine's own `update` changes a store without telling what it changed. Validation, derived facts and
counts need just that, so a request is split into its operations (`operations`), their templates are
read (`templates`), and each is turned into a difference of quads and applied (`applying`).
"""
