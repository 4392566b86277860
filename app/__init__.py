"""cartalog: the trial catalogue for engineered cell therapy in autoimmune disease."""

__version__ = "0.1.0"
