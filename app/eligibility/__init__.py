"""The eligibility evaluator: values in, values out. It imports no database, web framework, settings or file."""
