"""The commands of ``python -m evaluator``: each module adds its arguments to a parser and runs."""
