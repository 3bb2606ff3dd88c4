"""The addresses: each parses, calls one use case and answers.

Use cases are imported when first called: they bring the whole science with them,
and the first answer must not wait for that.
"""
