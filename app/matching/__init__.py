"""The hinge between the catalogue and the evaluator: one patient, a cohort, what to measure next."""
